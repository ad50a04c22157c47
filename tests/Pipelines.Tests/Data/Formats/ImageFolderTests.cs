using Microsoft.ML;
using MLTransfer.Models.Errors;
using MLTransfer.Pipelines.Data;

namespace MLTransfer.Pipelines.Tests.Data.Formats;

public sealed class ImageFolderTests : IDisposable
{
    private static readonly DataColumns ImageAndLabel = new() { Images = [DataColumns.ImagePath] };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_ClassFolders_RowsAreInOrdinalOrder()
    {
        foreach (string name in new[] { "b/2.png", "b/10.png", "a/Z.png", "a/y.png" })
            _folder.Write(name, TestImages.Png());

        IDataView view = Open().Train.View;

        Assert.Equal(["a/Z.png", "a/y.png", "b/10.png", "b/2.png"], view.Texts(DataColumns.RowKey));
        Assert.Equal(["a", "a", "b", "b"], view.Texts("Label"));
        Assert.All(view.Texts(DataColumns.ImagePath), path => Assert.True(Path.IsPathFullyQualified(path) && File.Exists(path)));
    }

    [Fact]
    public void Open_OtherFilesAndNestedFolders_AreReported()
    {
        _folder.Write("a/1.png", TestImages.Png());
        _folder.Write("b/1.png", TestImages.Png());
        _folder.Write("LICENSE.txt", "free");
        _folder.Write("a/notes.md", "#");
        _folder.Write("b/deeper/2.png", TestImages.Png());
        _folder.Write("empty/readme", "nothing");

        Dataset data = Open();

        Assert.Equal(2, data.Train.Count);
        Assert.Equal(["a", "b"], data.Classes);
        Assert.Contains(data.Report.Warnings, warning => warning.Contains("LICENSE.txt"));
        Assert.Contains(data.Report.Warnings, warning => warning.Contains("notes.md"));
        Assert.Contains(data.Report.Warnings, warning => warning.Contains("deeper"));
        Assert.Contains(data.Report.Warnings, warning => warning.Contains("no class 'empty'"));
    }

    [Fact]
    public void Open_BrokenImages_AreSkippedAndNamed()
    {
        _folder.Write("a/1.png", TestImages.Png());
        _folder.Write("a/empty.jpg", "");
        _folder.Write("a/text.jpg", "This is no image.");
        _folder.Write("b/1.png", TestImages.Png());

        Dataset data = Open();

        Assert.Equal(2, data.Train.Count);
        RowProblemGroup group = Assert.Single(data.Report.Problems);
        Assert.Equal((RowProblemKind.BrokenImage, 2L), (group.Kind, group.Count));
        Assert.Contains("a/empty.jpg: the file is empty", group.Examples[0]);
        Assert.Contains("a/text.jpg: the file is not an image", group.Examples[1]);
    }

    [Fact]
    public void Open_BrokenImageAndPolicyFail_Throws()
    {
        _folder.Write("a/1.png", TestImages.Png());
        _folder.Write("b/1.jpg", "no image");

        UserException error = Assert.Throws<UserException>(() => Open(RowErrorPolicy.Fail));

        Assert.Contains("b/1.jpg", error.Message);
    }

    [Fact]
    public void Open_ClassWithOneImage_Warns()
    {
        _folder.Write("a/1.png", TestImages.Png());
        _folder.Write("b/1.png", TestImages.Png());
        _folder.Write("b/2.png", TestImages.Png());

        Assert.Contains(Open().Report.Warnings, warning => warning == "Only one row to train on: 'a'.");
    }

    [Fact]
    public void Open_OneClassFolder_Throws()
    {
        _folder.Write("a/1.png", TestImages.Png());
        _folder.Write("a/2.png", TestImages.Png());

        Assert.Contains("at least two classes", Assert.Throws<UserException>(() => Open()).Message);
    }

    [Fact]
    public void Open_ImagesWithoutClassFolders_SaysWhatToDo()
    {
        _folder.Write("1.png", TestImages.Png());

        Assert.Contains("move each into a folder that is named after its class", Assert.Throws<UserException>(() => Open()).Message);
    }

    [Fact]
    public void Open_NoSuchFolder_Throws() =>
        Assert.Contains("does not exist", Assert.Throws<UserException>(() => Open(train: "nowhere")).Message);

    [Fact]
    public void Open_UnreadableFolder_NamesIt()
    {
        _folder.Write("a/1.png", TestImages.Png());
        string locked = Path.GetDirectoryName(_folder.Write("b/1.png", TestImages.Png()))!;
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("File modes are Unix's.");
            return;
        }
        File.SetUnixFileMode(locked, UnixFileMode.None);
        try
        {
            if (CanList(locked))
                Assert.Skip("This user reads folders whatever their mode.");

            Assert.Contains($"The folder {locked} cannot be read", Assert.Throws<UserException>(() => Open()).Message);
        }
        finally
        {
            File.SetUnixFileMode(locked, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Fact]
    public void Read_FolderThatIsGone_NamesIt()
    {
        _folder.Write("a/1.png", TestImages.Png());
        string gone = Path.GetDirectoryName(_folder.Write("b/1.png", TestImages.Png()))!;
        IDataView view = Open().Train.View;
        Directory.Delete(gone, recursive: true);

        Assert.Contains($"The folder {gone} cannot be read", Assert.Throws<UserException>(() => view.Texts("Label")).Message);
    }

    [Fact]
    public void Open_SameImagesElsewhere_HaveTheSameFingerprint()
    {
        using var other = new TemporaryFolder();
        foreach (TemporaryFolder folder in new[] { _folder, other })
        {
            folder.Write("a/1.png", TestImages.Png(1));
            folder.Write("b/1.png", TestImages.Png(2));
        }
        string fingerprint = Open().Fingerprint;

        Assert.Equal(fingerprint, Open(train: other.Path).Fingerprint);
        other.Write("b/1.png", TestImages.Png(3));
        Assert.NotEqual(fingerprint, Open(train: other.Path).Fingerprint);
    }

    [Fact]
    public void Open_ImagesInATable_PathsAreRelativeToTheTable()
    {
        _folder.Write("data/images/1.png", TestImages.Png());
        _folder.Write("data/train.csv", "file,kind\nimages/1.png,x\nimages/gone.png,y\nimages/1.png,y\n");

        Dataset data = Open(new DataSource { Train = "data/train.csv", Label = "kind" }, new() { Label = "kind", Images = ["file"] });

        Assert.Equal(Path.Combine(_folder.Path, "data", "images", "1.png"), data.Train.View.Texts("file")[0]);
        RowProblemGroup group = Assert.Single(data.Report.Problems);
        Assert.Equal(RowProblemKind.MissingImage, group.Kind);
        Assert.Contains("train.csv:3", group.Examples[0]);
    }

    private Dataset Open(RowErrorPolicy onError = RowErrorPolicy.Skip, string? train = null) =>
        Open(new DataSource { Train = train ?? _folder.Path, OnError = onError }, ImageAndLabel);

    private Dataset Open(DataSource source, DataColumns columns) =>
        Dataset.Open(source, columns, _folder.Path, seed: 1, cancellation: TestContext.Current.CancellationToken);

    private static bool CanList(string folder)
    {
        try
        {
            return Directory.GetFiles(folder).Length >= 0;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }
}
