"""What macOS is told of the app: its name, the files and links that it opens, the oldest system that it runs on."""

from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

METADATA = Path(__file__).resolve().parent / "linux/inglenook.metainfo.xml"
MINIMUM_SYSTEM = "13.0"
"""The oldest macOS that this release of Qt supports."""
FILE_TYPE = "org.ggml.gguf"
MARKDOWN = "net.daringfireball.markdown"
TEXTS = ("public.plain-text", "public.source-code", MARKDOWN, "public.json", "com.adobe.pdf")
"""What can be attached to a question; a type stands for those below it, too."""


def identifier() -> str:
    """Return by what the app is known everywhere: AppStream's metadata is the place that says so."""
    return ET.parse(METADATA).getroot().findtext("id") or ""


def information(version: str) -> Mapping[str, object]:
    """Return what goes into Info.plist beside PyInstaller's own entries."""
    return {
        "CFBundleDisplayName": "Inglenook",
        "CFBundleShortVersionString": version,
        "CFBundleVersion": version,
        "CFBundleDevelopmentRegion": "en",
        "CFBundleLocalizations": ["en", "de", "es", "fr", "zh-Hans", "ar"],
        "LSMinimumSystemVersion": MINIMUM_SYSTEM,
        "LSApplicationCategoryType": "public.app-category.productivity",
        "LSArchitecturePriority": ["arm64"],
        "NSHighResolutionCapable": True,
        "NSSupportsAutomaticGraphicsSwitching": True,
        "NSHumanReadableCopyright": "The Inglenook authors. Apache License 2.0.",
        "CFBundleDocumentTypes": [
            {
                "CFBundleTypeName": "Language model",
                "CFBundleTypeRole": "Viewer",
                "LSHandlerRank": "Alternate",
                "LSItemContentTypes": [FILE_TYPE],
            },
            {
                "CFBundleTypeName": "Text to ask about",
                "CFBundleTypeRole": "Viewer",
                "LSHandlerRank": "Alternate",
                "LSItemContentTypes": list(TEXTS),
            },
        ],
        "UTImportedTypeDeclarations": [
            {
                "UTTypeIdentifier": FILE_TYPE,
                "UTTypeDescription": "Language model",
                "UTTypeConformsTo": ["public.data"],
                "UTTypeTagSpecification": {
                    "public.filename-extension": ["gguf"],
                    "public.mime-type": ["application/x-gguf"],
                },
            },
            {
                "UTTypeIdentifier": MARKDOWN,
                "UTTypeDescription": "Markdown",
                "UTTypeConformsTo": ["public.plain-text"],
                "UTTypeTagSpecification": {
                    "public.filename-extension": ["md", "markdown"],
                    "public.mime-type": ["text/markdown"],
                },
            },
        ],
        "CFBundleURLTypes": [
            {"CFBundleURLName": identifier(), "CFBundleTypeRole": "Viewer", "CFBundleURLSchemes": ["inglenook"]}
        ],
    }
