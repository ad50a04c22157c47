using MLTransfer.Models.Errors;
using MLTransfer.Models.Inference;
using MLTransfer.Pipelines.Configuration;

namespace MLTransfer.Pipelines.Tests.Configuration;

public sealed class PipelineFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_CommentsAndTrailingCommas_AreAccepted()
    {
        PipelineFile file = Read("""
            {
              // what is learned
              "task": "binary-classification",
              "data": { "train": "a.csv", },
            }
            """);

        Assert.Equal(LearningTask.BinaryClassification, file.Configuration.Task);
        Assert.Equal("a.csv", file.Configuration.Data.Train);
        Assert.Equal(1, file.Configuration.Seed);
    }

    [Fact]
    public void Read_MisspeltField_NamesLineColumnAndTheNearest()
    {
        UserException error = Assert.Throws<UserException>(() => Read("""
            {
              "task": "multiclass-classification",
              "data": { "train": "a.csv", "tset": "b.csv" }
            }
            """));

        Assert.Contains("pipeline.json(3,31)", error.Message, StringComparison.Ordinal);
        Assert.Contains("'data.tset'", error.Message, StringComparison.Ordinal);
        Assert.Contains("Did you mean 'test'?", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "task": "multiclass-classification", "data": { "train": "a" }, "features": [{}] }""", "'features[0].image'", "needs 'image' or 'text'")]
    [InlineData("""{ "task": "multiclass-classification", "data": { "train": "a" }, "features": [{ "image": "a", "text": "b" }] }""", "'features[0].text'", "an entry of its own")]
    [InlineData("""{ "task": "multiclass-classification", "data": { "train": "a" }, "features": [{ "image": "a", "maximumLength": 64 }] }""", "'features[0].maximumLength'", "no meaning for images")]
    [InlineData("""{ "task": "multiclass-classification", "data": { "train": "a" }, "features": [{ "text": "a", "batchSize": 64 }] }""", "'features[0].batchSize'", "no meaning for texts")]
    [InlineData("""{ "task": "multiclass-classification", "data": { "train": "a" }, "features": [{ "text": "a", "batchTokens": 3 }] }""", "'features[0].batchTokens'", "from 16")]
    [InlineData("""{ "task": "multiclass-classification", "data": { "train": "a" }, "features": [{ "text": 3 }] }""", "features[0].text", "neither a column's name")]
    [InlineData("""{ "task": "multiclass-classification", "data": { "train": "a" }, "features": [{ "text": [] }] }""", "features[0].text", "empty list")]
    [InlineData("""{ "task": "multiclass-classification", "data": { "train": "a" }, "output": "" }""", "'output'", "expected the path of a folder")]
    [InlineData("""{ "task": "multiclass-classification", "data": { "train": "a" }, "cache": { "maximumBytes": 7 } }""", "'cache.maximumBytes'", "1 MiB")]
    public void Read_WrongValue_NamesTheFieldAndWhatIsExpected(string json, string field, string expected)
    {
        UserException error = Assert.Throws<UserException>(() => Read(json));

        Assert.Contains(field, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Folder_TakesThePipelineInIt()
    {
        Write("""{ "task": "multiclass-classification", "data": { "train": "a.csv" } }""");

        Assert.Equal(_folder.PathOf("pipeline.json"), PipelineFile.Read(_folder.Path).Path);
    }

    [Fact]
    public void Read_MissingFile_SaysWhatWritesOne()
    {
        UserException error = Assert.Throws<UserException>(() => PipelineFile.Read(_folder.PathOf("nothing.json")));

        Assert.Contains("does not exist", error.Message, StringComparison.Ordinal);
        Assert.Contains("new", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Overrides_AreAppliedInTheirOrder()
    {
        PipelineConfiguration configuration = Read(
            """{ "task": "multiclass-classification", "data": { "train": "a.csv" }, "features": [{ "text": "Text" }] }""",
            "seed=3", "features[0].backbone=resnet18", "features[0].text=[\"Title\",\"Body\"]", "inference.provider=cuda", "cache.enabled=false", "data.test=t.csv",
            "seed=4", "features[1].image=Photo").Configuration;

        Assert.Equal(4, configuration.Seed);
        Assert.Equal("resnet18", configuration.Features[0].Backbone);
        Assert.Equal(["Title", "Body"], configuration.Features[0].Text!.Names);
        Assert.Equal("Photo", configuration.Features[1].Image);
        Assert.Equal(ExecutionProvider.Cuda, configuration.Inference.Provider);
        Assert.False(configuration.Cache.Enabled);
        Assert.Equal("t.csv", configuration.Data.Test);
    }

    [Fact]
    public void Read_OverrideOfAMissingField_MendsTheFile()
    {
        PipelineConfiguration configuration = Read("""{ "data": { "train": "a.csv" } }""", "task=binary-classification").Configuration;

        Assert.Equal(LearningTask.BinaryClassification, configuration.Task);
    }

    [Fact]
    public void Read_OverrideBesideAMistakeInTheFile_ReportsTheFilesMistake()
    {
        UserException error = Assert.Throws<UserException>(() => Read("""{ "task": "multiclass-classification", "dat": { } }""", "seed=3"));

        Assert.Contains("pipeline.json(1,", error.Message, StringComparison.Ordinal);
        Assert.Contains("'dat'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("seedd=3", "Did you mean 'seed'?")]
    [InlineData("seed", "expected path=value")]
    [InlineData("=3", "expected path=value")]
    [InlineData("seed.x=3", "single value")]
    [InlineData("features[3].text=a", "features[0]")]
    [InlineData("features.a.text=a", "is a list")]
    [InlineData("seed=many", "whole number")]
    public void Read_WrongOverride_NamesTheOverrideAndNoLine(string assignment, string expected)
    {
        UserException error = Assert.Throws<UserException>(
            () => Read("""{ "task": "multiclass-classification", "seed": 2, "features": [], "data": { "train": "a.csv" } }""", assignment));

        Assert.StartsWith("--set " + assignment, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("(1,", error.Message, StringComparison.Ordinal);
    }

    private PipelineFile Read(string json, params string[] overrides)
    {
        Write(json);
        return PipelineFile.Read(_folder.PathOf("pipeline.json"), overrides);
    }

    private void Write(string json) => File.WriteAllText(_folder.PathOf("pipeline.json"), json);
}
