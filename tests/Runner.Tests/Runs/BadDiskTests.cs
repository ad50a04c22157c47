using System.Diagnostics;

namespace MLTransfer.Runner.Tests.Runs;

public sealed class BadDiskTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public BadDiskTests()
    {
        TinyData.WriteImages(_folder, "train", perClass: 4);
        TinyBackbone.WriteImages(_folder);
        RunSetup.WriteImagePipeline(_folder, data: """, "testFraction": 0.3""");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_FullDisk_Exits3AndLeavesNothingThatLooksComplete()
    {
        string mount = _folder.PathOf("disk");
        Directory.CreateDirectory(mount);
        if (!OperatingSystem.IsLinux() || Shell("mount", "-t", "tmpfs", "-o", "size=16k", "none", mount) != 0)
            Assert.Skip("A small file system can only be mounted by root on Linux.");
        try
        {
            RunnerCall call = await RunnerCall.InAsync(_folder, "pipeline.json", "--output", "disk/run");

            call.AssertEnded(ExitCode.MachineFailure);
            Assert.Contains("space", call.Error, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("   at ", call.Error, StringComparison.Ordinal);
            Assert.False(Directory.Exists(_folder.PathOf("disk/run")));
            Assert.DoesNotContain(Directory.GetFileSystemEntries(mount), entry => Path.GetFileName(entry).StartsWith('.'));
        }
        finally
        {
            Shell("umount", mount);
        }
    }

    [Theory]
    [InlineData("file")]
    [InlineData("file/run")]
    public async Task Run_OutputThatIsAFile_IsAMistake(string output)
    {
        _folder.Write("file", "");

        RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, "pipeline.json", "--output", output), _folder, "is a file");
    }

    [Fact]
    public async Task Run_OutputWithOtherFiles_IsAMistakeBeforeAnyWork()
    {
        _folder.Write("mine/thesis.tex", "years of work");

        RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, "pipeline.json", "--output", "mine"), _folder, "thesis.tex");
        Assert.False(Directory.Exists(_folder.PathOf("kept")));
    }

    private static int Shell(string command, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
