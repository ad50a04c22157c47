using Microsoft.ML.Calibrators;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Onnx;

namespace MLTransfer.Pipelines.Export;

/// <summary>From margins to probabilities.</summary>
internal static class Calibrators
{
    /// <summary>Adds Platt's sigmoid, 1 / (1 + exp(slope · margin + offset)).</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="margins">One margin <c>[batch]</c>, or one a class <c>[batch, classes]</c>.</param>
    /// <param name="calibrators">One for each margin.</param>
    /// <returns>Probabilities in the shape of the margins.</returns>
    /// <exception cref="UserException">A calibrator is of another kind.</exception>
    public static string Apply(GraphBuilder graph, string margins, IReadOnlyList<ICalibrator> calibrators)
    {
        PlattCalibrator[] platts = [.. calibrators.Select(static calibrator => calibrator as PlattCalibrator
            ?? throw new UserException($"A {calibrator.GetType().Name} cannot be written as ONNX; Platt's calibrator can."))];
        string slopes = graph.Floats("slope", [platts.Length], [.. platts.Select(static platt => (float)-platt.Slope)]);
        string offsets = graph.Floats("offset", [platts.Length], [.. platts.Select(static platt => (float)-platt.Offset)]);
        return graph.Node("Sigmoid", [graph.Node("Add", [graph.Node("Mul", [margins, slopes]), offsets])]);
    }
}
