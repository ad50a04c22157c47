namespace MLTransfer.FineTuning.Rewrites;

/// <summary>Rewrites that make training faster. Each computes the same function; none changes what is written back.</summary>
[Flags]
public enum GraphRewrites
{
    /// <summary>The graph runs node by node.</summary>
    None = 0,

    /// <summary>Mean, difference, square, root and quotient become one layer normalisation.</summary>
    LayerNorm = 1,

    /// <summary>GELU written out with Erf or Tanh becomes one node.</summary>
    Gelu = 2,

    /// <summary>x · sigmoid(x) becomes one node.</summary>
    Silu = 4,

    /// <summary>x · hard-sigmoid(x), or x · clip(x + 3, 0, 6) / 6, becomes one node.</summary>
    HardSwish = 8,

    /// <summary>A product with a stored matrix and the bias behind it become one node.</summary>
    Linear = 16,

    /// <summary>Scores, mask, softmax and the product with the values become one fused attention that does not store the scores.</summary>
    Attention = 32,

    /// <summary>A bias added behind a convolution becomes the convolution's own.</summary>
    ConvBias = 64,

    /// <summary>A rectifier, or a clip between two numbers, writes over the convolution, product, norm or sum in front of it, which nothing else reads.</summary>
    InPlaceActivation = 128,

    /// <summary>All of them.</summary>
    All = LayerNorm | Gelu | Silu | HardSwish | Linear | Attention | ConvBias | InPlaceActivation,
}
