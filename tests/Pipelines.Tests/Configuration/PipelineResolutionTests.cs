using MLTransfer.Models.Errors;
using MLTransfer.Models.Json;
using MLTransfer.Pipelines.Configuration;
using MLTransfer.Pipelines.Data;

namespace MLTransfer.Pipelines.Tests.Configuration;

public sealed class PipelineResolutionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Resolve_TableWithOneOtherColumn_TakesItForTheText()
    {
        File.WriteAllText(_folder.PathOf("rows.csv"), "label,words\na,b\n");

        PipelineConfiguration resolved = Resolve("""{ "task": "multiclass-classification", "data": { "train": "rows.csv" } }""");

        Assert.Equal(DataFormat.Csv, resolved.Data.Format);
        Assert.Equal(_folder.PathOf("rows.csv"), resolved.Data.Train);
        Assert.Equal(new ColumnNames("words"), Assert.Single(resolved.Features).Text);
        Assert.Equal(FeatureInput.DefaultTextBackbone, resolved.Features[0].Backbone);
        Assert.Equal(_folder.PathOf("run"), resolved.Output);
    }

    [Fact]
    public void Resolve_TableWithSeveralColumns_AsksForFeatures()
    {
        File.WriteAllText(_folder.PathOf("rows.csv"), "Label,Title,Body\na,b,c\n");

        UserException error = Assert.Throws<UserException>(() => Resolve("""{ "task": "multiclass-classification", "data": { "train": "rows.csv" } }"""));

        Assert.Contains("Title, Body", error.Message, StringComparison.Ordinal);
        Assert.Contains("features", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Resolve_ImageFolder_TakesTheImages()
    {
        Directory.CreateDirectory(_folder.PathOf("photos"));

        PipelineConfiguration resolved = Resolve("""{ "task": "multiclass-classification", "data": { "train": "photos" } }""");

        Assert.Equal(DataFormat.ImageFolder, resolved.Data.Format);
        Assert.Equal(DataColumns.ImagePath, Assert.Single(resolved.Features).Image);
        Assert.Equal(FeatureInput.DefaultImageBackbone, resolved.Features[0].Backbone);
    }

    [Theory]
    [InlineData("./nets/mine")]
    [InlineData("mine.onnx")]
    public void Resolve_BackbonePathThatIsNotThere_SaysSo(string backbone)
    {
        Directory.CreateDirectory(_folder.PathOf("photos"));

        UserException error = Assert.Throws<UserException>(() => Resolve(
            $$"""{ "task": "multiclass-classification", "data": { "train": "photos" }, "features": [{ "image": "ImagePath", "backbone": "{{backbone}}" }] }"""));

        Assert.Contains(_folder.Path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RelativeTo_ReadFromThere_ResolvesToTheSame()
    {
        File.WriteAllText(_folder.PathOf("rows.csv"), "label,words\na,b\n");
        File.WriteAllText(_folder.PathOf("net.onnx"), "");
        PipelineConfiguration resolved = Resolve(
            """
            {
              "task": "multiclass-classification", "data": { "train": "rows.csv", "test": "rows.csv" }, "output": "runs/x", "cache": { "directory": "kept" },
              "features": [{ "text": "words", "backbone": "net.onnx" }, { "text": ["words", "label"] }]
            }
            """);

        Directory.CreateDirectory(resolved.Output);
        string written = StrictJson.Write(PipelineResolution.RelativeTo(resolved, resolved.Output));
        File.WriteAllText(Path.Combine(resolved.Output, "pipeline.resolved.json"), written);
        PipelineConfiguration again = PipelineResolution.Resolve(PipelineFile.Read(Path.Combine(resolved.Output, "pipeline.resolved.json")));

        Assert.DoesNotContain(_folder.Path, written, StringComparison.Ordinal);
        Assert.Equal(StrictJson.Write(resolved), StrictJson.Write(again));
    }

    private PipelineConfiguration Resolve(string json)
    {
        File.WriteAllText(_folder.PathOf("pipeline.json"), json);
        return PipelineResolution.Resolve(PipelineFile.Read(_folder.PathOf("pipeline.json")));
    }
}
