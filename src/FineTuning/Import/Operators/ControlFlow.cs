namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>If: one of two branches, as the condition says for each batch.</summary>
internal static class ControlFlow
{
    public static IEnumerable<OperatorDefinition> Definitions => [new(string.Empty, "If", 1, If)];

    private static OperatorBody If(NodeContext node)
    {
        OperatorBody yes = node.Branch("then_branch");
        OperatorBody no = node.Branch("else_branch");
        return inputs => inputs.Integer(0) != 0 ? yes(inputs) : no(inputs);
    }
}
