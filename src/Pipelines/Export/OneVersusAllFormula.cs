namespace MLTransfer.Pipelines.Export;

/// <summary>What ML.NET makes of the outputs of one model a class.</summary>
internal enum OneVersusAllFormula
{
    /// <summary>Probabilities, divided by their sum.</summary>
    Probabilities,

    /// <summary>The softmax of the margins.</summary>
    Softmax,

    /// <summary>The margins themselves.</summary>
    Margins,
}
