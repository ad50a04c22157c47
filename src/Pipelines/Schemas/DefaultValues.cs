using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MLTransfer.Models.Json;
using Newtonsoft.Json.Linq;
using NJsonSchema;
using NJsonSchema.Generation;

namespace MLTransfer.Pipelines.Schemas;

/// <summary>Puts the values that a new option record has into its schema, as defaults.</summary>
internal sealed class DefaultValues : ISchemaProcessor
{
    public void Process(SchemaProcessorContext context)
    {
        Type type = context.ContextualType.Type;
        if (type.IsAbstract || type.GetConstructor(Type.EmptyTypes) is null || StrictJson.Options.GetTypeInfo(type) is not { Kind: JsonTypeInfoKind.Object } info)
        {
            return;
        }

        // Required fields have no default; the compiler asks for them, reflection does not.
        object options = Activator.CreateInstance(type)!;
        foreach (JsonPropertyInfo property in info.Properties)
        {
            if (property is { IsRequired: false, Get: { } get }
                && get(options) is { } value
                && context.Schema.Properties.TryGetValue(property.Name, out JsonSchemaProperty? schema))
            {
                var node = JToken.Parse(JsonSerializer.Serialize(value, property.PropertyType, StrictJson.Options));
                if (node is JValue or JArray { HasValues: true })
                {
                    schema.Default = node;
                }
            }
        }
    }
}
