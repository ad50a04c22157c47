using MLTransfer.Models.Json;
using MLTransfer.Pipelines.Configuration;
using Newtonsoft.Json;
using NJsonSchema;
using NJsonSchema.Generation;
using NJsonSchema.Generation.TypeMappers;

namespace MLTransfer.Pipelines.Schemas;

/// <summary>JSON Schema of an option record, for editors: field names, kinds, ranges, defaults, and the summaries of the code as descriptions.</summary>
internal static class OptionsSchema
{
    /// <summary>Generates the schema of what <see cref="StrictJson"/> reads as a type.</summary>
    /// <param name="type">The record.</param>
    /// <param name="title">The schema's title.</param>
    /// <returns>JSON Schema, draft 4, as text that ends with a line break.</returns>
    public static string Generate(Type type, string title)
    {
        SystemTextJsonSchemaGeneratorSettings settings = new()
        {
            SerializerOptions = StrictJson.Options,
            FlattenInheritanceHierarchy = true,
            ResolveExternalXmlDocumentation = false,
            TypeMappers =
            {
                new ObjectTypeMapper(typeof(ColumnNames), TextOrTexts("The name of a column, or a list of names.")),
                new ObjectTypeMapper(typeof(BaselineChoice), TextOrTexts("A baseline, or a list of both.", "scratch", "frozen")),
            },
            SchemaProcessors = { new DefaultValues(), new FieldRules(), new Descriptions(), new DerivedTypes() },
        };
        var schema = JsonSchemaGenerator.FromType(type, settings);
        schema.Title = title;
        schema.Properties["$schema"] = new JsonSchemaProperty { Type = JsonObjectType.String, Description = "Where an editor finds this schema." };
        return schema.ToJson(Formatting.Indented).ReplaceLineEndings("\n") + "\n";
    }

    // The converter of the record reads both; the generator cannot see that.
    private static JsonSchema TextOrTexts(string description, params string[] values)
    {
        JsonSchema text = Text();
        JsonSchema list = new() { Type = JsonObjectType.Array, Item = Text(), MinItems = 1 };
        return new JsonSchema { Description = description, OneOf = { text, list } };

        JsonSchema Text()
        {
            JsonSchema schema = new() { Type = JsonObjectType.String };
            foreach (string value in values)
                schema.Enumeration.Add(value);
            return schema;
        }
    }
}
