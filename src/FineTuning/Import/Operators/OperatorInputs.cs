using MLTransfer.FineTuning.Import.Values;
using TorchSharp;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>The inputs of a node for one batch.</summary>
internal sealed class OperatorInputs(GraphValue?[] values, ExecutionState state)
{
    public int Count => values.Length;

    public ExecutionState State => state;

    public torch.Device Device => state.Device;

    public bool Has(int index) => index < values.Length && values[index] is not null;

    public GraphValue Value(int index) => Has(index) ? values[index]! : throw new ImportException($"input {index} is missing");

    public GraphValue? OptionalValue(int index) => Has(index) ? values[index] : null;

    /// <summary>An input as a tensor on the device.</summary>
    public torch.Tensor Tensor(int index) => Value(index).Tensor(state.Device);

    public torch.Tensor? OptionalTensor(int index) => Has(index) ? Tensor(index) : null;

    /// <summary>An input as integers, if it is kept in managed memory; null otherwise.</summary>
    public HostIntegers? Host(int index) => Has(index) ? values[index]!.Host : null;

    /// <summary>An input as integers in row-major order.</summary>
    public long[] Integers(int index) => Value(index).Integers();

    public long[]? OptionalIntegers(int index) => Has(index) ? Integers(index) : null;

    public long Integer(int index)
    {
        long[] integers = Integers(index);
        return integers.Length == 1 ? integers[0] : throw new ImportException($"input {index} has {integers.Length} elements; one was expected");
    }

    /// <summary>An input as one number.</summary>
    public double Number(int index)
    {
        double[] numbers = Value(index).Numbers();
        return numbers.Length == 1 ? numbers[0] : throw new ImportException($"input {index} has {numbers.Length} elements; one was expected");
    }

    public double Number(int index, double otherwise) => Has(index) ? Number(index) : otherwise;

    /// <summary>All inputs from one position on, as tensors.</summary>
    public IEnumerable<torch.Tensor> TensorsFrom(int index)
    {
        for (; index < values.Length; index++)
        {
            if (Has(index))
            {
                yield return Tensor(index);
            }
        }
    }
}
