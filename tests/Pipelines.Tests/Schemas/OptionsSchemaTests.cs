using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using MLTransfer.Pipelines.Schemas;
using NJsonSchema;

namespace MLTransfer.Pipelines.Tests.Schemas;

public class OptionsSchemaTests
{
    [Theory]
    [InlineData("""{ "shape": { "kind": "circle", "radius": 2 } }""", true)]
    [InlineData("""{ "shape": { "radius": 2, "kind": "circle" }, "$schema": "x" }""", true)]
    [InlineData("""{ "shape": { "kind": "square", "side": 2, "fill": "dark-red" } }""", true)]
    [InlineData("""{ "shape": { "kind": "square", "radius": 2 } }""", false)]
    [InlineData("""{ "shape": { "kind": "circle", "isRound": true } }""", false)]
    [InlineData("""{ "shape": { "kind": "circle", "radius": 0 } }""", false)]
    [InlineData("""{ "shape": { "radius": 2 } }""", false)]
    [InlineData("""{ "shape": { "kind": "square", "side": 2, "fill": "DarkRed" } }""", false)]
    [InlineData("""{ "shape": null }""", false)]
    [InlineData("""{ "shpae": { "kind": "circle", "radius": 2 } }""", false)]
    [InlineData("{ }", false)]
    public async Task Generate_PolymorphicRecord_AcceptsWhatTheReaderAccepts(string json, bool isValid)
    {
        JsonSchema schema = await JsonSchema.FromJsonAsync(OptionsSchema.Generate(typeof(Drawing), "Drawing"), TestContext.Current.CancellationToken);

        bool read = true;
        try
        {
            Models.Json.StrictJson.Parse<Drawing>(System.Text.Encoding.UTF8.GetBytes(json), "drawing.json");
        }
        catch (Models.Errors.UserException)
        {
            read = false;
        }

        Assert.Equal(isValid, read);
        Assert.Equal(isValid, schema.Validate(json).Count == 0);
    }

    [Fact]
    public async Task Generate_Defaults_AreThoseOfANewRecord()
    {
        JsonSchema schema = await JsonSchema.FromJsonAsync(OptionsSchema.Generate(typeof(Drawing), "Drawing"), TestContext.Current.CancellationToken);

        Assert.Equal("dark-red", schema.Definitions["Square"].Properties["fill"].Default);
        Assert.Equal(1L, schema.Definitions["Circle"].Properties["radius"].Default);
        Assert.Null(schema.Definitions["Square"].Properties["side"].Default);
    }

    internal sealed record Drawing
    {
        public required Shape Shape { get; init; }
    }

    [JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
    [JsonDerivedType(typeof(Circle), "circle")]
    [JsonDerivedType(typeof(Square), "square")]
    internal abstract record Shape
    {
        internal virtual bool IsRound => false;

        public Fill Fill { get; init; } = Fill.DarkRed;
    }

    internal sealed record Circle : Shape
    {
        [Range(1, 100)]
        public int Radius { get; init; } = 1;
    }

    internal sealed record Square : Shape
    {
        public required int Side { get; init; }
    }

    internal enum Fill
    {
        None,
        DarkRed,
    }
}
