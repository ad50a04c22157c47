using MLTransfer.Pipelines.Features.NativeTokens;

namespace MLTransfer.Runner.RunFolders;

/// <summary>Names of the files of a run folder.</summary>
internal static class RunFiles
{
    /// <summary>The ML.NET model.</summary>
    public const string Model = "model.zip";

    /// <summary>The model as one ONNX graph, where its parts have operators there.</summary>
    public const string OnnxModel = "model.onnx";

    /// <summary>The folder with tokenizers that are not part of the model's graph; few models have one.</summary>
    public const string Tokenizers = "model" + ModelTokenizers.Suffix;

    /// <summary>Trained low-rank adapters, as a small file beside the model that holds their sum with the weights.</summary>
    public const string Adapter = "adapter.safetensors";

    /// <summary>What was measured.</summary>
    public const string Metrics = "metrics.json";

    /// <summary>The pipeline with every value that was in force.</summary>
    public const string Resolved = "pipeline.resolved.json";

    /// <summary>Versions, hardware, fingerprints.</summary>
    public const string Environment = "environment.json";

    /// <summary>What was printed, with times.</summary>
    public const string Log = "run.log";

    /// <summary>Each test row with its prediction.</summary>
    public const string Predictions = "predictions.parquet";

    /// <summary>Rows by true and predicted class, as a table.</summary>
    public const string ConfusionMatrixTable = "confusion-matrix.csv";

    /// <summary>Rows by true and predicted class, as a picture.</summary>
    public const string ConfusionMatrixImage = "confusion-matrix.png";

    /// <summary>All files, in the order in which they are listed.</summary>
    public static IReadOnlyList<string> All { get; } =
        [Model, OnnxModel, Adapter, Metrics, ConfusionMatrixImage, ConfusionMatrixTable, Predictions, Resolved, Environment, Log];
}
