using MLTransfer.FineTuning.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Heads;

/// <summary>Ridge regression on standardised features, with the penalty that has the smallest error on rows that are left out.</summary>
/// <remarks>
/// Each row is left out once. The error that a fit without it has there is the error of the fit with it, divided by 1 − the leverage of the row (Allen 1974, PRESS; Golub,
/// Heath and Wahba 1979), so that one eigendecomposition gives all fits of all penalties.
/// </remarks>
internal static class RidgeHead
{
    /// <summary>Times half the squared weights, beside half the mean squared error; from strong to weak, two a decade. Those of equal errors take the first.</summary>
    internal static readonly double[] Penalties = [.. Enumerable.Range(0, 13).Select(static i => 1000 / Math.Pow(10, i / 2.0))];

    /// <summary>Fits the head. The bias goes without a penalty.</summary>
    /// <param name="features"><c>[rows, dimension]</c>, row by row; finite.</param>
    /// <param name="dimension">The number of features.</param>
    /// <param name="targets">The number of each row.</param>
    public static StartingHead Fit(float[] features, int dimension, float[] targets)
    {
        using DisposeScope scope = NewDisposeScope();
        long rows = targets.Length;
        Tensor x = tensor(features, [rows, dimension]).to(ScalarType.Float64); // [rows, dimension]
        FeatureScale scale = FeatureScale.Of(x);
        x = scale.Apply(x);
        Tensor mean = tensor(targets).to(ScalarType.Float64).mean(), y = tensor(targets).to(ScalarType.Float64) - mean; // [rows]

        // Of x = u · s · vᵀ: s², and u · s or v, whichever comes from the smaller of xᵀx and xxᵀ.
        bool isTall = rows >= dimension;
        (Tensor squares, Tensor vectors) = linalg.eigh(isTall ? x.t().mm(x) : x.mm(x.t()));
        squares = squares.ClampMin(0); // [rank]
        Tensor directions = isTall ? x.mm(vectors) : vectors * squares.sqrt(); // u · s: [rows, rank]

        Tensor shrunk = squares.unsqueeze(1).Plus(tensor(Penalties).Times(rows)).reciprocal(); // 1 / (s² + rows · penalty): [rank, penalties]
        Tensor fitted = directions.mm(shrunk * directions.t().mv(y).unsqueeze(1)); // [rows, penalties]
        Tensor leverage = directions.Square().mm(shrunk).Plus(1.0 / rows); // that of the bias is 1 / rows
        Tensor leftOut = (y.unsqueeze(1) - fitted) / leverage.SubtractedFrom(1);
        Tensor best = shrunk.select(1, (long)leftOut.Square().mean([0L]).argmin().ToNumber());

        Tensor weights = isTall ? vectors.mv(best * directions.t().mv(y)) : x.t().mv(vectors.mv(best * vectors.t().mv(y)));
        return scale.Back(weights.unsqueeze(0), mean.unsqueeze(0));
    }
}
