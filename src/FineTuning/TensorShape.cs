namespace MLTransfer.FineTuning;

/// <summary>What follows from the shape of a tensor.</summary>
internal static class TensorShape
{
    /// <summary>The number of elements; 1 for a scalar.</summary>
    public static long Count(IEnumerable<long> shape) => shape.Aggregate(1L, static (product, dim) => product * dim);
}
