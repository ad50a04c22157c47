namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>Every operator that the importer knows, by domain, name and version.</summary>
internal static class OperatorRegistry
{
    private static readonly Lazy<Dictionary<(string Domain, string Name), OperatorDefinition[]>> Lookup = new(() =>
        Definitions!.GroupBy(definition => (definition.Domain, definition.Name))
            .ToDictionary(group => group.Key, group => group.OrderByDescending(definition => definition.SinceVersion).ToArray()));

    /// <summary>All definitions, family by family.</summary>
    public static IReadOnlyList<OperatorDefinition> Definitions { get; } =
    [
        .. Unary.Definitions,
        .. Binary.Definitions,
        .. Variadic.Definitions,
        .. Activations.Definitions,
        .. Reductions.Definitions,
        .. Shapes.Definitions,
        .. Pieces.Definitions,
        .. Indexing.Definitions,
        .. Creation.Definitions,
        .. LinearAlgebra.Definitions,
        .. Convolutions.Definitions,
        .. Poolings.Definitions,
        .. Normalizations.Definitions,
        .. Resizing.Definitions,
        .. Attentions.Definitions,
        .. Recurrent.Definitions,
        .. ControlFlow.Definitions,
        .. Quantization.Definitions,
        .. Spectra.Definitions,
        .. FusedElementwise.Definitions,
        .. FusedNormalizations.Definitions,
        .. FusedAttentions.Definitions,
        .. RewrittenOperators.Definitions,
        .. LowRankAdapters.Definitions,
        .. TrainingDropout.Definitions,
        .. InPlaceActivations.Definitions,
    ];

    /// <summary>The form of an operator that a version of its operator set has; null where there is none.</summary>
    public static OperatorDefinition? Find(string domain, string name, int version) =>
        Lookup.Value.TryGetValue((domain, name), out OperatorDefinition[]? forms)
            ? Array.Find(forms, form => form.SinceVersion <= version)
            : null;

    /// <summary>Why an operator has no form here, and what to do.</summary>
    public static string ExplainMissing(string domain, string name, int version) =>
        Lookup.Value.TryGetValue((domain, name), out OperatorDefinition[]? forms)
            ? $"it is written in version {version} of its operator set; the oldest form that is known here is that of version {forms[^1].SinceVersion}. Convert the file to a newer opset"
            : MissingOperators.Reason(domain, name) ?? "the operator is not known here";
}
