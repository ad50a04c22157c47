using System.Globalization;
using Microsoft.ML;
using MLTransfer.Models.Errors;
using MLTransfer.Pipelines.Export;
using MLTransfer.Pipelines.Tasks.Events;

namespace MLTransfer.Runner.RunFolders;

/// <summary>Writes <c>model.onnx</c> beside <c>model.zip</c>.</summary>
internal static class OnnxModelFile
{
    /// <summary>Writes the file, or says why there is none: a run is complete without it.</summary>
    /// <param name="folder">The folder in which the saved model is.</param>
    /// <param name="rows">Rows to compare the two on.</param>
    /// <param name="events">Told why there is none.</param>
    /// <param name="cancellation">Stops between two rows.</param>
    /// <returns>What was written, in a few words.</returns>
    public static string TryWrite(string folder, IDataView rows, IProgress<RunEvent> events, CancellationToken cancellation)
    {
        try
        {
            OnnxExportReport report = new MLContext().Model.ExportToOnnx(
                Path.Combine(folder, RunFiles.Model), Path.Combine(folder, RunFiles.OnnxModel), rows, cancellation: cancellation);
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{RunFiles.OnnxModel} predicts what {RunFiles.Model} does: {report.RowsCompared} rows, scores at most {report.LargestDifference:0.0e0} apart");
        }
        catch (Exception error) when (error is not (OperationCanceledException or IOException or UnauthorizedAccessException))
        {
            string why = error is UserException ? error.Message : $"{error.GetType().Name}: {error.Message} Please report it.";
            events.Report(new RunWarning($"There is no {RunFiles.OnnxModel}; {RunFiles.Model} is complete. {why}"));
            return RunFiles.Model;
        }
    }
}
