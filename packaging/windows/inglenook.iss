; The installer for Windows. windows_package.py passes the names that begin with # on the command line.
; It asks for no rights: everything goes to the person's own folder, unless they choose all users.
; Chats, models and settings lie in %LOCALAPPDATA%\inglenook, which neither an update nor the removal touches.

[Setup]
ShowLanguageDialog=auto
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
; the window is asked; the processes of models have none, and can be ended at any moment
CloseApplications=force
RestartApplications=no
ChangesAssociations=yes

[Languages]
Name: "en"; MessagesFile: "compiler:Default.isl"
Name: "de"; MessagesFile: "compiler:Languages\German.isl"
Name: "es"; MessagesFile: "compiler:Languages\Spanish.isl"
Name: "fr"; MessagesFile: "compiler:Languages\French.isl"

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
; texts, code and PDFs have Inglenook among “Open with”; it is the program for none of them
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe"; ValueType: string; ValueName: "FriendlyAppName"; ValueData: "Inglenook"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\shell\open\command"; ValueType: string; ValueName: ""; ValueData: """{app}\Inglenook.exe"" ""%1"""
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\SupportedTypes"; ValueType: string; ValueName: ".txt"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\SupportedTypes"; ValueType: string; ValueName: ".md"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\SupportedTypes"; ValueType: string; ValueName: ".markdown"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\SupportedTypes"; ValueType: string; ValueName: ".rst"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\SupportedTypes"; ValueType: string; ValueName: ".log"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\SupportedTypes"; ValueType: string; ValueName: ".csv"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\SupportedTypes"; ValueType: string; ValueName: ".tsv"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\SupportedTypes"; ValueType: string; ValueName: ".json"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\SupportedTypes"; ValueType: string; ValueName: ".yaml"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\SupportedTypes"; ValueType: string; ValueName: ".yml"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\SupportedTypes"; ValueType: string; ValueName: ".toml"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\SupportedTypes"; ValueType: string; ValueName: ".ini"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\SupportedTypes"; ValueType: string; ValueName: ".xml"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\SupportedTypes"; ValueType: string; ValueName: ".html"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\SupportedTypes"; ValueType: string; ValueName: ".css"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\SupportedTypes"; ValueType: string; ValueName: ".tex"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\SupportedTypes"; ValueType: string; ValueName: ".py"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\SupportedTypes"; ValueType: string; ValueName: ".js"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\SupportedTypes"; ValueType: string; ValueName: ".ts"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\SupportedTypes"; ValueType: string; ValueName: ".c"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\SupportedTypes"; ValueType: string; ValueName: ".h"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\SupportedTypes"; ValueType: string; ValueName: ".cpp"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\SupportedTypes"; ValueType: string; ValueName: ".hpp"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\SupportedTypes"; ValueType: string; ValueName: ".cs"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\SupportedTypes"; ValueType: string; ValueName: ".java"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\SupportedTypes"; ValueType: string; ValueName: ".go"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\SupportedTypes"; ValueType: string; ValueName: ".rs"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\SupportedTypes"; ValueType: string; ValueName: ".rb"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\SupportedTypes"; ValueType: string; ValueName: ".php"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\SupportedTypes"; ValueType: string; ValueName: ".sh"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\SupportedTypes"; ValueType: string; ValueName: ".ps1"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\SupportedTypes"; ValueType: string; ValueName: ".sql"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Inglenook.exe\SupportedTypes"; ValueType: string; ValueName: ".pdf"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\inglenook"; ValueType: string; ValueName: ""; ValueData: "URL:Inglenook"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\inglenook"; ValueType: string; ValueName: "URL Protocol"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\inglenook\DefaultIcon"; ValueType: string; ValueName: ""; ValueData: "{app}\Inglenook.exe,0"
Root: HKA; Subkey: "Software\Classes\inglenook\shell\open\command"; ValueType: string; ValueName: ""; ValueData: """{app}\Inglenook.exe"" ""%1"""

[Run]
Filename: "{app}\Inglenook.exe"; Description: "{cm:LaunchProgram,Inglenook}"; Flags: nowait postinstall skipifsilent
