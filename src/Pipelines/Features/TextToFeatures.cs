namespace MLTransfer.Pipelines.Features;

internal static class TextToFeatures
{
    public static Models.Onnx.OnnxModel Build(Models.Inference.FeatureGraph graph, string[] inputColumns, string outputColumn, int dimension) => throw new NotSupportedException($"{graph} {inputColumns} {outputColumn} {dimension}");
}
