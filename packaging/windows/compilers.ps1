# Puts Visual Studio's compilers on the path of the steps of a workflow that follow: others that are there would be taken.
$ErrorActionPreference = 'Stop'
$find = Join-Path ${env:ProgramFiles(x86)} 'Microsoft Visual Studio\Installer\vswhere.exe'
$studio = & $find -latest -products '*' -requires Microsoft.VisualStudio.Component.VC.Tools.x86.x64 -property installationPath
$script = Join-Path $studio 'VC\Auxiliary\Build\vcvars64.bat'
cmd /c "`"$script`" >nul && set" | ForEach-Object {
    if ($_ -match '^(PATH|INCLUDE|LIB|LIBPATH|VC\w*|VisualStudioVersion|Windows\w+|UCRTVersion|UniversalCRTSdkDir)=') {
        Add-Content -Path $env:GITHUB_ENV -Value $_
    }
}
Add-Content -Path $env:GITHUB_ENV -Value "CC=cl`nCXX=cl"
