using MLTransfer.Pipelines.Schemas;

namespace MLTransfer.Pipelines.Configuration;

/// <summary>The JSON schema of a <c>pipeline.json</c>, made from the option records and their documentation.</summary>
internal static class PipelineSchema
{
    /// <summary>The schema as indented JSON that ends with a line break.</summary>
    public static string Json() => OptionsSchema.Generate(typeof(PipelineConfiguration), "MLTransfer pipeline");
}
