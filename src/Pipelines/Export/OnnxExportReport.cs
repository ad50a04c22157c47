using MLTransfer.Models.Onnx;

namespace MLTransfer.Pipelines.Export;

/// <summary>What an export wrote.</summary>
/// <param name="Path">The file.</param>
/// <param name="Inputs">The graph's inputs: texts <c>[batch, 1]</c> string, or pixels uint8, <c>[batch, 3, height, width]</c> or <c>[batch, height, width, 3]</c>.</param>
/// <param name="Outputs">The graph's outputs: <c>PredictedLabel</c> <c>[batch]</c> string; <c>Score</c> <c>[batch, classes]</c>, or <c>[batch]</c> in a binary task, which has <c>Probability</c> <c>[batch]</c> too.</param>
/// <param name="Classes">Names of the classes in the order of the scores.</param>
/// <param name="RowsCompared">Rows on which the graph and the saved model were compared.</param>
/// <param name="LargestDifference">The largest difference of a score between the two.</param>
public sealed record OnnxExportReport(
    string Path,
    IReadOnlyList<OnnxValue> Inputs,
    IReadOnlyList<OnnxValue> Outputs,
    IReadOnlyList<string> Classes,
    int RowsCompared,
    double LargestDifference);
