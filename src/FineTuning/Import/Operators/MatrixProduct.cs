using TorchSharp;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>A product of matrices whose shapes are looked at first.</summary>
/// <remarks>In TorchSharp 0.107 <c>matmul</c> is the one operation whose native error is not caught: shapes that do not fit would end the process.</remarks>
internal static class MatrixProduct
{
    // a: […, rows, inner], b: […, inner, columns]; axes in front of these broadcast, and a vector counts as a matrix of one row or column
    public static torch.Tensor Of(torch.Tensor a, torch.Tensor b)
    {
        long[] left = a.shape;
        long[] right = b.shape;
        if (a.dtype != b.dtype || left.Length == 0 || right.Length == 0 || left[^1] != right[^Math.Min(2, right.Length)] || !Broadcast(left, right))
        {
            throw new ImportException($"the factors {a.dtype}[{string.Join(", ", left)}] and {b.dtype}[{string.Join(", ", right)}] cannot be multiplied");
        }

        if (left.Length > 1 && right.Length > 1)
        {
            long[] front = (left.Length > right.Length ? left : right)[..^2];
            ResultSize.Within([.. front, left[^2], right[^1]]);
        }

        return a.matmul(b);
    }

    private static bool Broadcast(long[] left, long[] right)
    {
        for (int i = 3; i <= Math.Min(left.Length, right.Length); i++)
        {
            if (left[^i] != right[^i] && left[^i] != 1 && right[^i] != 1)
            {
                return false;
            }
        }

        return true;
    }
}
