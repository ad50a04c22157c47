using System.Text.Json.Serialization.Metadata;
using MLTransfer.Models.Json;
using NJsonSchema;
using NJsonSchema.Generation;

namespace MLTransfer.Pipelines.Schemas;

/// <summary>
/// Writes a polymorphic record as the choice of its derived records, each with its own name in the discriminator field. The generator's own
/// form, a base schema with a <c>discriminator</c>, belongs to OpenAPI; editors would refuse the fields of the derived records.
/// </summary>
internal sealed class DerivedTypes : ISchemaProcessor
{
    public void Process(SchemaProcessorContext context)
    {
        if (StrictJson.Options.GetTypeInfo(context.ContextualType.Type).PolymorphismOptions is not { } options)
        {
            return;
        }

        JsonSchema choice = context.Schema;
        choice.Properties.Clear();
        choice.RequiredProperties.Clear();
        choice.DiscriminatorObject = null;
        choice.AllowAdditionalProperties = true;
        choice.IsAbstract = false;
        foreach (JsonDerivedType derived in options.DerivedTypes)
        {
            JsonSchema schema = context.Generator.Generate<JsonSchema>(derived.DerivedType, context.Resolver);
            JsonSchema definition = schema.ActualSchema;
            definition.Properties[options.TypeDiscriminatorPropertyName] = new JsonSchemaProperty
            {
                Type = JsonObjectType.String,
                Enumeration = { derived.TypeDiscriminator },
            };
            definition.RequiredProperties.Add(options.TypeDiscriminatorPropertyName);
            choice.AnyOf.Add(new JsonSchema { Reference = definition });
        }
    }
}
