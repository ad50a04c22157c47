using MLTransfer.FineTuning.Import.Values;
using MLTransfer.FineTuning.Runtime;
using TorchSharp;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>Dropout (Srivastava et al. 2014) as a node of a trained graph: it passes everything while the module is not training. No file holds it.</summary>
internal static class TrainingDropout
{
    public const string Name = "TrainingDropout";

    public static IEnumerable<OperatorDefinition> Definitions => [OperatorDefinition.Of(Name, 1, Create) with { Domain = RewrittenOperators.Domain }];

    private static Func<OperatorInputs, GraphValue> Create(NodeContext node)
    {
        float rate = node.Attributes.Float("rate", 0);
        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            if (!inputs.State.Training || rate <= 0)
            {
                return x;
            }

            // Torch's own dropout keeps a float for each number until the backward pass; a mask is a byte.
            torch.Tensor dropped = torch.empty(x.shape, torch.ScalarType.Bool, x.device).bernoulli_(rate, inputs.State.Generator!);
            return x.Times(1 / (1 - rate)).MaskedFillInPlace(dropped, 0);
        };
    }
}
