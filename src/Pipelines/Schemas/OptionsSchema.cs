using MLTransfer.Models.Json;
using Newtonsoft.Json;
using NJsonSchema;
using NJsonSchema.Generation;

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
            SchemaProcessors = { new DefaultValues(), new EnumDescriptions(), new DerivedTypes() },
        };
        var schema = JsonSchemaGenerator.FromType(type, settings);
        schema.Title = title;
        schema.Properties["$schema"] = new JsonSchemaProperty { Type = JsonObjectType.String, Description = "Where an editor finds this schema." };
        return schema.ToJson(Formatting.Indented).ReplaceLineEndings("\n") + "\n";
    }
}
