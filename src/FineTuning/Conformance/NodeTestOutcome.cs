namespace MLTransfer.FineTuning.Conformance;

/// <summary>How one of ONNX's node tests came out.</summary>
public enum NodeTestOutcome
{
    /// <summary>Every output is within the bounds.</summary>
    Passed,

    /// <summary>An output differs, or the importer failed on an operator that it claims to know.</summary>
    Failed,

    /// <summary>The importer says that it does not support the operator, or this form of it.</summary>
    NotSupported,
}
