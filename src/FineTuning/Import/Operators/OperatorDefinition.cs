using MLTransfer.FineTuning.Import.Values;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>Computes the outputs of a node from its inputs.</summary>
internal delegate GraphValue?[] OperatorBody(OperatorInputs inputs);

/// <summary>One operator from a version of its operator set on: what the registry holds.</summary>
/// <param name="Domain">Domain; empty for ONNX's own.</param>
/// <param name="Name">Type of the operator.</param>
/// <param name="SinceVersion">First version of the operator set with this form.</param>
/// <param name="Create">Reads the attributes of a node, once, and gives what runs for each batch.</param>
internal sealed record OperatorDefinition(string Domain, string Name, int SinceVersion, Func<NodeContext, OperatorBody> Create)
{
    /// <summary>ONNX Runtime's domain of fused operators.</summary>
    public const string MicrosoftDomain = "com.microsoft";

    /// <summary>Inputs that are numbers of the formula and never weights, by position: bounds, exponents, statistics, sizes.</summary>
    public int[] FormulaInputs { get; init; } = [];

    /// <summary>Whether a small input can ask for a large output, so that constants are not folded without a look at the values.</summary>
    public bool SizeFollowsFromValues { get; init; }

    /// <summary>A limit of the rule, for the table of operators; null where there is none.</summary>
    public string? Limit { get; init; }

    /// <summary>A definition for the form of an operator that has a single output.</summary>
    public static OperatorDefinition Of(string name, int since, Func<NodeContext, Func<OperatorInputs, GraphValue>> create) =>
        new(string.Empty, name, since, node =>
        {
            Func<OperatorInputs, GraphValue> body = create(node);
            return inputs => [body(inputs)];
        });

    /// <summary>The same for one of ONNX Runtime's fused operators.</summary>
    public static OperatorDefinition Fused(string name, Func<NodeContext, Func<OperatorInputs, GraphValue>> create) =>
        Of(name, 1, create) with { Domain = MicrosoftDomain };
}
