; The installer for Windows. windows_package.py passes the names that begin with # on the command line.
; It asks for no rights: everything goes to the person's own folder, unless they choose all users.
; Chats, models and settings lie in %LOCALAPPDATA%\inglenook, which neither an update nor the removal touches.

[Setup]
; both flavours are one program: installing the one replaces the other
AppId={{6D4A3B0E-2F0B-4C6E-9C57-5B1B7A2F4E61}
AppName=Inglenook
AppVersion={#Version}
AppVerName=Inglenook {#Version}
AppPublisher=The Inglenook authors
VersionInfoVersion={#NumericVersion}
VersionInfoTextVersion={#Version}
DefaultDirName={autopf}\Inglenook
DefaultGroupName=Inglenook
DisableProgramGroupPage=yes
DisableDirPage=auto
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed={#Machine}
ArchitecturesInstallIn64BitMode={#Machine}
MinVersion=10.0.17763
LicenseFile={#Program}\LICENSE
SetupIconFile={#Icon}
UninstallDisplayIcon={app}\Inglenook.exe
UninstallDisplayName=Inglenook
OutputDir={#Target}
OutputBaseFilename={#FileName}
Compression=lzma2/max
SolidCompression=yes
WizardStyle=modern
CloseApplications=yes
RestartApplications=no
ChangesAssociations=yes

[Languages]
Name: "en"; MessagesFile: "compiler:Default.isl"

[Tasks]
Name: "desktopicon"; Description: "{cm:CreateDesktopIcon}"; GroupDescription: "{cm:AdditionalIcons}"; Flags: unchecked

[InstallDelete]
; what an update no longer has must not be found by the new program
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "{#Program}\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs

[Icons]
Name: "{group}\Inglenook"; Filename: "{app}\Inglenook.exe"; AppUserModelID: "Inglenook.Inglenook"
Name: "{autodesktop}\Inglenook"; Filename: "{app}\Inglenook.exe"; AppUserModelID: "Inglenook.Inglenook"; Tasks: desktopicon

[Registry]
; HKA is the person's own part, or the computer's where it is installed for all users
Root: HKA; Subkey: "Software\Classes\Inglenook.gguf"; ValueType: string; ValueName: ""; ValueData: "Language model"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Inglenook.gguf\DefaultIcon"; ValueType: string; ValueName: ""; ValueData: "{app}\Inglenook.exe,0"
Root: HKA; Subkey: "Software\Classes\Inglenook.gguf\shell\open\command"; ValueType: string; ValueName: ""; ValueData: """{app}\Inglenook.exe"" ""%1"""
; offered beside other programs that open such files, and never in the place of the person's choice
Root: HKA; Subkey: "Software\Classes\.gguf\OpenWithProgids"; ValueType: string; ValueName: "Inglenook.gguf"; ValueData: ""; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\inglenook"; ValueType: string; ValueName: ""; ValueData: "URL:Inglenook"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\inglenook"; ValueType: string; ValueName: "URL Protocol"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\inglenook\DefaultIcon"; ValueType: string; ValueName: ""; ValueData: "{app}\Inglenook.exe,0"
Root: HKA; Subkey: "Software\Classes\inglenook\shell\open\command"; ValueType: string; ValueName: ""; ValueData: """{app}\Inglenook.exe"" ""%1"""

[Run]
Filename: "{app}\Inglenook.exe"; Description: "{cm:LaunchProgram,Inglenook}"; Flags: nowait postinstall skipifsilent
