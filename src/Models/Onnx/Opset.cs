namespace MLTransfer.Models.Onnx;

/// <summary>Operator sets: a domain and a version.</summary>
internal static class Opset
{
    /// <summary>The domain of the standard operators.</summary>
    public const string Standard = "";

    /// <summary>Operators of classical machine learning: LabelEncoder, tree ensembles.</summary>
    public const string MachineLearning = "ai.onnx.ml";

    /// <summary>ONNX Runtime's own operators.</summary>
    public const string Microsoft = "com.microsoft";

    /// <summary>The standard domain has two spellings; both mean the same.</summary>
    public static string Normalise(string domain) => domain == "ai.onnx" ? Standard : domain;
}
