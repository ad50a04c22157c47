using MLTransfer.Models.Errors;
using MLTransfer.Pipelines.Configuration;
using MLTransfer.Pipelines.Data;
using MLTransfer.Pipelines.Tasks.Suggestions;

namespace MLTransfer.Pipelines.Tests.Tasks;

public sealed class PipelineSuggestionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void For_FolderWithTrainAndTest_TakesBoth()
    {
        Image("train/cat/1.jpg");
        Image("train/dog/1.jpg");
        Image("test/cat/1.jpg");

        PipelineConfiguration suggested = PipelineSuggestion.For(_folder.Path, null).Configuration;

        Assert.Equal(_folder.PathOf("train"), suggested.Data.Train);
        Assert.Equal(_folder.PathOf("test"), suggested.Data.Test);
        Assert.Null(suggested.Data.TestFraction);
        Assert.Equal(DataFormat.ImageFolder, suggested.Data.Format);
        Assert.Equal(DataColumns.ImagePath, Assert.Single(suggested.Features).Image);
    }

    [Fact]
    public void For_FolderOfClasses_HoldsRowsOut()
    {
        Image("cat/1.jpg");
        Image("dog/1.jpg");

        PipelineConfiguration suggested = PipelineSuggestion.For(_folder.Path, null).Configuration;

        Assert.Equal(_folder.Path, suggested.Data.Train);
        Assert.Null(suggested.Data.Test);
        Assert.Equal(0.2, suggested.Data.TestFraction);
    }

    [Theory]
    [InlineData("text,category\nhello there my friend,greeting\ngo away at once,dismissal\n", "category", "text")]
    [InlineData("sentiment\treview\n1\ta long and winding review\n0\tanother rather long review\n", "sentiment", "review")]
    [InlineData("id;words;kind\n1;some longer words here;a\n2;other longer words here;b\n3;still more of the words;a\n4;the end of all the words;b\n", "kind", "words")]
    public void For_Table_FindsLabelAndText(string content, string label, string text)
    {
        File.WriteAllText(_folder.PathOf("rows.csv"), content);

        PipelineConfiguration suggested = PipelineSuggestion.For(_folder.PathOf("rows.csv"), null).Configuration;

        Assert.Equal(label, suggested.Data.Label);
        Assert.Equal(new ColumnNames(text), Assert.Single(suggested.Features).Text);
        Assert.Equal(0.2, suggested.Data.TestFraction);
    }

    [Fact]
    public void For_TrainTable_FindsTheTestTableBesideIt()
    {
        File.WriteAllText(_folder.PathOf("sick-train.tsv"), "label\ttext\na\tsome words\nb\tother words\n");
        File.WriteAllText(_folder.PathOf("sick-dev.tsv"), "label\ttext\na\tsome words\n");

        PipelineConfiguration suggested = PipelineSuggestion.For(_folder.Path, null).Configuration;

        Assert.Equal(_folder.PathOf("sick-train.tsv"), suggested.Data.Train);
        Assert.Equal(_folder.PathOf("sick-dev.tsv"), suggested.Data.Test);
    }

    [Fact]
    public void For_TableWithPaths_TakesTheImages()
    {
        File.WriteAllText(_folder.PathOf("rows.csv"), "Photo,Label\na.jpg,x\nb.png,y\n");

        Assert.Equal("Photo", Assert.Single(PipelineSuggestion.For(_folder.PathOf("rows.csv"), null).Configuration.Features).Image);
    }

    [Fact]
    public void For_TableWithoutAnythingLikeALabel_AsksForIt()
    {
        File.WriteAllText(_folder.PathOf("rows.csv"), "one,two\nfirst words,second words\nthird words,fourth words\n");

        UserException error = Assert.Throws<UserException>(() => PipelineSuggestion.For(_folder.PathOf("rows.csv"), null));

        Assert.Contains("--label", error.Message, StringComparison.Ordinal);
        Assert.Contains("one, two", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void For_MisspeltLabel_NamesTheNearest()
    {
        File.WriteAllText(_folder.PathOf("rows.csv"), "category,text\na,some words\nb,other words\n");

        UserException error = Assert.Throws<UserException>(() => PipelineSuggestion.For(_folder.PathOf("rows.csv"), "categry"));

        Assert.Contains("Did you mean 'category'?", error.Message, StringComparison.Ordinal);
    }

    // Only names are looked at.
    private void Image(string name)
    {
        string path = _folder.PathOf(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, [1]);
    }
}
