using MLTransfer.Models.Errors;
using MLTransfer.Runner.RunFolders;

namespace MLTransfer.Runner.Tests.RunFolders;

public sealed class RunFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Output => _folder.PathOf("runs/one");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Complete_NewPlace_HasTheFilesAndNothingElseIsLeft()
    {
        Write("first");

        Assert.Equal("first", File.ReadAllText(Path.Combine(Output, RunFiles.Metrics)));
        Assert.Equal([Output], Directory.GetFileSystemEntries(_folder.PathOf("runs")));
    }

    [Fact]
    public void Complete_PlaceOfAnEarlierRun_ReplacesAllOfIt()
    {
        Write("first", RunFiles.Predictions);
        Write("second");

        Assert.Equal([Path.Combine(Output, RunFiles.Metrics)], Directory.GetFileSystemEntries(Output));
        Assert.Equal("second", File.ReadAllText(Path.Combine(Output, RunFiles.Metrics)));
        Assert.Equal([Output], Directory.GetFileSystemEntries(_folder.PathOf("runs")));
    }

    [Fact]
    public void Dispose_Unfinished_LeavesTheEarlierRun()
    {
        Write("first");
        using (RunFolder folder = RunFolder.Begin(Output))
            File.WriteAllText(Path.Combine(folder.WorkPath, RunFiles.Metrics), "half");

        Assert.Equal("first", File.ReadAllText(Path.Combine(Output, RunFiles.Metrics)));
        Assert.Equal([Output], Directory.GetFileSystemEntries(_folder.PathOf("runs")));
    }

    [Fact]
    public void Begin_FolderWithOtherFiles_IsRefusedAndNamesThem()
    {
        _folder.Write("runs/one/thesis.tex", "years of work");

        UserException error = Assert.Throws<UserException>(() => RunFolder.Begin(Output));

        Assert.Contains("thesis.tex", error.Message, StringComparison.Ordinal);
        Assert.Equal("years of work", File.ReadAllText(_folder.PathOf("runs/one/thesis.tex")));
    }

    [Fact]
    public void Begin_EmptyFolder_IsTaken()
    {
        Directory.CreateDirectory(Output);

        Write("first");

        Assert.Equal("first", File.ReadAllText(Path.Combine(Output, RunFiles.Metrics)));
    }

    [Theory]
    [InlineData("file")]
    [InlineData("file/below")]
    public void Begin_FileInTheWay_IsRefused(string name)
    {
        _folder.Write("file", "");

        UserException error = Assert.Throws<UserException>(() => RunFolder.Begin(_folder.PathOf(name)));

        Assert.Contains("is a file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Begin_AnotherRunAtWork_IsRefused()
    {
        using RunFolder first = RunFolder.Begin(Output);

        UserException error = Assert.Throws<UserException>(() => RunFolder.Begin(Output));

        Assert.Contains("Another run", error.Message, StringComparison.Ordinal);
        Assert.True(Directory.Exists(first.WorkPath));
    }

    [Fact]
    public void Begin_LeftoversOfAKilledRun_AreCleared()
    {
        _folder.Write("runs/.one.partial/model.zip", "half");
        _folder.Write("runs/.one.lock", "");

        using (RunFolder folder = RunFolder.Begin(Output))
            Assert.Empty(Directory.GetFileSystemEntries(folder.WorkPath));

        Assert.Empty(Directory.GetFileSystemEntries(_folder.PathOf("runs")));
    }

    [Fact]
    public void Begin_KilledBetweenTheTwoRenames_PutsTheEarlierRunBack()
    {
        Write("first");
        Directory.Move(Output, _folder.PathOf("runs/.one.previous"));

        RunFolder.Begin(Output).Dispose();

        Assert.Equal("first", File.ReadAllText(Path.Combine(Output, RunFiles.Metrics)));
        Assert.Equal([Output], Directory.GetFileSystemEntries(_folder.PathOf("runs")));
    }

    [Fact]
    public void AtomicFile_FailingWriter_LeavesTheOldFileAndNoOther()
    {
        string path = _folder.Write("a.json", "old");

        Assert.Throws<IOException>(() => AtomicFile.Write(path, file =>
        {
            file.WriteByte(1);
            throw new IOException("no space");
        }));

        Assert.Equal("old", File.ReadAllText(path));
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }

    private void Write(string metrics, params string[] others)
    {
        using RunFolder folder = RunFolder.Begin(Output);
        File.WriteAllText(Path.Combine(folder.WorkPath, RunFiles.Metrics), metrics);
        foreach (string other in others)
            File.WriteAllText(Path.Combine(folder.WorkPath, other), "");
        folder.Complete();
    }
}
