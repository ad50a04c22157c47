using System.Reflection;
using System.Text.Json.Serialization.Metadata;
using MLTransfer.Models.Json;
using NJsonSchema;
using NJsonSchema.Generation;

namespace MLTransfer.Pipelines.Schemas;

/// <summary>
/// Tells what each field and each name of an enum means, with other fields and values named as JSON spells them. Names of an enum are described in the
/// form that editors show (<c>enumDescriptions</c>).
/// </summary>
internal sealed class Descriptions : ISchemaProcessor
{
    public void Process(SchemaProcessorContext context)
    {
        Type type = context.ContextualType.Type;
        JsonSchema schema = context.Schema;
        if (type.IsEnum)
        {
            // The names of the code say nothing to somebody who writes JSON.
            schema.EnumerationNames.Clear();
            schema.ExtensionData ??= new Dictionary<string, object?>();
            schema.ExtensionData["enumDescriptions"] =
                type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(static field => JsonDescription.Of(field) ?? "").ToArray();
            schema.Description = JsonDescription.Of(type);
        }
        else if (StrictJson.Options.GetTypeInfo(type) is { Kind: JsonTypeInfoKind.Object } info)
        {
            schema.Description = JsonDescription.Of(type);
            foreach (JsonPropertyInfo field in info.Properties)
            {
                if (field.AttributeProvider is PropertyInfo member && schema.Properties.TryGetValue(field.Name, out JsonSchemaProperty? property))
                {
                    property.Description = JsonDescription.Of(member);
                }
            }
        }
    }
}
