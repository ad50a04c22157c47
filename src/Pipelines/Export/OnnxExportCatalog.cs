using Microsoft.ML;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Json;

namespace MLTransfer.Pipelines.Export;

/// <summary>Export of saved models to ONNX, in ML.NET's catalog of model operations.</summary>
public static class OnnxExportCatalog
{
    /// <summary>
    /// Writes a saved classifier as one ONNX file: tokenizer, backbone, pooling, head and the names of the classes. It runs in ONNX Runtime alone.
    /// Before it is written, it is compared with the saved model on the given rows: labels equal, scores within 1e-4.
    /// </summary>
    /// <param name="catalog">The catalog: <c>mlContext.Model</c>.</param>
    /// <param name="modelPath">The model: a zip that ML.NET saved, with features by MLTransfer.</param>
    /// <param name="onnxPath">The file to write. Weights of more than 2 GB go into <c>onnxPath + ".data"</c>.</param>
    /// <param name="rows">Rows with the model's columns, to compare predictions on; those of the test set, for instance.</param>
    /// <param name="options">Layout of pixels, and how many rows are compared; null: the defaults.</param>
    /// <param name="cancellation">Stops the comparison; nothing is written then.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="UserException">
    /// The file is no such model, a part of it cannot be written as ONNX, there is no row, or the graph predicts something else than the saved model.
    /// </exception>
    public static OnnxExportReport ExportToOnnx(
        this ModelOperationsCatalog catalog,
        string modelPath,
        string onnxPath,
        IDataView rows,
        OnnxExportOptions? options = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(rows);
        options ??= new OnnxExportOptions();
        OptionsValidation.Validate(options, static field => $"OnnxExportOptions: '{field}'");
        using SavedSteps saved = SavedSteps.Load(modelPath);
        WholeGraph whole = WholeGraph.Build(saved, options.ChannelsLast);
        ExportComparison comparison = ExportComparison.Run(saved, whole, rows, options.MostRows, cancellation);
        if (comparison.Rows == 0)
        {
            throw new UserException("There is no row to compare the exported model with the saved one on. Give rows with the model's columns.");
        }

        whole.Model.Save(onnxPath);
        return new OnnxExportReport(onnxPath, whole.Model.Inputs, whole.Model.Outputs, whole.Classes, comparison.Rows, comparison.LargestDifference);
    }
}
