using MLTransfer.Models.Catalog;
using MLTransfer.Pipelines.Schemas;
using NJsonSchema;

namespace MLTransfer.Pipelines.Tests.Schemas;

public class CardSchemaTests
{
    [Fact]
    public void CardSchema_InTheRepository_IsWhatTheRecordsGive() =>
        SchemaFile.AssertEqual("card.schema.json", OptionsSchema.Generate(typeof(BackboneCard), "Card of a backbone"));

    [Fact]
    public async Task CardSchema_CardsOfTheCatalog_AreValid()
    {
        JsonSchema schema = await JsonSchema.FromFileAsync(SchemaFile.PathOf("card.schema.json"), TestContext.Current.CancellationToken);
        string[] cards = Directory.GetFiles(Path.Combine(SchemaFile.Root, "onnx-models"), "card.json", SearchOption.AllDirectories);

        Assert.NotEmpty(cards);
        Assert.All(cards, card => Assert.Empty(schema.Validate(File.ReadAllText(card))));
    }
}
