using System.Text.Json.Nodes;
using MLTransfer.Models.Json;
using MLTransfer.Pipelines.Configuration;
using NJsonSchema;

namespace MLTransfer.Pipelines.Tests.Schemas;

public class PipelineSchemaTests
{
    [Fact]
    public void PipelineSchema_InTheRepository_IsWhatTheRecordsGive() => SchemaFile.AssertEqual("pipeline.schema.json", PipelineSchema.Json());

    [Fact]
    public async Task PipelineSchema_SamplesOfTheRepository_AreValid()
    {
        JsonSchema schema = await JsonSchema.FromFileAsync(SchemaFile.PathOf("pipeline.schema.json"), TestContext.Current.CancellationToken);
        string[] samples = Directory.GetFiles(Path.Combine(SchemaFile.Root, "samples"), "pipeline.json", SearchOption.AllDirectories);

        Assert.NotEmpty(samples);
        Assert.All(samples, sample => Assert.Empty(schema.Validate(File.ReadAllText(sample))));
    }

    [Theory]
    [InlineData("""{ "task": "multiclass-classification", "data": { "train": "x" } }""", true)]
    [InlineData("""{ "task": "multiclass-classification", "data": { "train": "x" }, "features": [{ "text": ["a", "b"] }] }""", true)]
    [InlineData("""{ "task": "multiclass-classification", "data": { "train": "x" }, "features": [{ "text": [] }] }""", false)]
    [InlineData("""{ "task": "multiclass-classification", "data": { "train": "x" }, "features": [{ "text": 7 }] }""", false)]
    [InlineData("""{ "task": "multiclass-classification", "data": { "train": "" } }""", false)]
    [InlineData("""{ "task": "multiclass-classification", "data": { } }""", false)]
    [InlineData("""{ "task": "multiclass-classification", "data": { "train": "x", "testFraction": 1 } }""", false)]
    [InlineData("""{ "task": "multiclass-classification", "data": { "train": "x", "testFraction": 0.5 } }""", true)]
    [InlineData("""{ "task": "multiclass-classification", "data": { "train": "x", "folds": 1 } }""", false)]
    [InlineData("""{ "task": "clustering", "data": { "train": "x" } }""", false)]
    [InlineData("""{ "data": { "train": "x" } }""", false)]
    [InlineData("""{ "task": "multiclass-classification", "data": { "train": "x" }, "sead": 1 }""", false)]
    [InlineData("""{ "task": "multiclass-classification", "data": { "train": "x" }, "inference": { "provider": "cuda" } }""", true)]
    [InlineData("""{ "task": "multiclass-classification", "data": { "train": "x" }, "inference": { "provider": "abacus" } }""", false)]
    public async Task PipelineSchema_AndReader_AcceptTheSame(string json, bool isValid)
    {
        JsonSchema schema = await JsonSchema.FromJsonAsync(PipelineSchema.Json(), TestContext.Current.CancellationToken);

        Exception? error = Record.Exception(() => StrictJson.Parse<PipelineConfiguration>(System.Text.Encoding.UTF8.GetBytes(json), "pipeline.json"));

        Assert.Equal(isValid, error is null);
        Assert.Equal(isValid, schema.Validate(json).Count == 0);
    }

    [Fact]
    public void PipelineSchema_EveryField_HasADescription()
    {
        JsonNode root = JsonNode.Parse(PipelineSchema.Json())!;
        IEnumerable<JsonNode> objects = [root, .. root["definitions"]!.AsObject().Select(static definition => definition.Value!)];

        foreach (JsonNode node in objects)
        {
            foreach ((string name, JsonNode? field) in node["properties"]?.AsObject() ?? [])
                Assert.False(string.IsNullOrEmpty((string?)field!["description"]) && field["enum"] is null, $"{name} has no description");
        }
    }
}
