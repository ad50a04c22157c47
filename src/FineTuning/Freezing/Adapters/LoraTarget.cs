namespace MLTransfer.FineTuning.Freezing.Adapters;

/// <summary>A weight with an adapter.</summary>
/// <param name="Weight">The name of the initializer.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Form">How it is a matrix.</param>
/// <param name="Block">Its block, from 0; -1: none.</param>
/// <param name="SideNodes">
/// The nodes beside which the adapter can be computed from their input; empty where only the sum of weight and product can be put in the weight's place.
/// </param>
internal sealed record LoraTarget(string Weight, IReadOnlyList<long> Shape, LoraForm Form, int Block, IReadOnlyList<int> SideNodes)
{
    /// <summary>The name of the first matrix, <c>[…, rank, inputs]</c> or <c>[rank, channels, kernel…]</c>.</summary>
    public string A => NameOfA(Weight);

    /// <summary>The name of the second matrix, <c>[…, outputs, rank]</c>.</summary>
    public string B => NameOfB(Weight);

    /// <summary>The shape of A.</summary>
    public long[] ShapeOfA(int rank) => Form switch
    {
        LoraForm.Filters => [rank, .. Shape.Skip(1)],
        LoraForm.InputsByOutputs => [.. Shape.SkipLast(2), rank, Shape[^2]],
        _ => [.. Shape.SkipLast(2), rank, Shape[^1]],
    };

    /// <summary>The shape of B.</summary>
    public long[] ShapeOfB(int rank) => Form switch
    {
        LoraForm.Filters => [Shape[0], rank],
        LoraForm.InputsByOutputs => [.. Shape.SkipLast(2), Shape[^1], rank],
        _ => [.. Shape.SkipLast(2), Shape[^2], rank],
    };

    /// <summary>The name of the first matrix of a weight.</summary>
    public static string NameOfA(string weight) => weight + ".lora_A";

    /// <summary>The name of the second matrix of a weight.</summary>
    public static string NameOfB(string weight) => weight + ".lora_B";
}
