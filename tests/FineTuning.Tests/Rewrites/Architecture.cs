namespace MLTransfer.FineTuning.Tests.Rewrites;

/// <summary>What an architecture consists of by its definition, whatever an exporter makes of it.</summary>
/// <param name="Attentions">Attentions: one a layer.</param>
/// <param name="LayerNorms">Layer normalisations.</param>
/// <param name="Gelus">GELUs.</param>
/// <param name="Silus">SiLUs.</param>
/// <param name="HardSwishes">Hard swishes.</param>
/// <param name="Linears">Products with a stored matrix and a bias.</param>
/// <param name="Rectifiers">Rectifiers and clips behind convolutions, products and sums.</param>
internal sealed record Architecture(int Attentions = 0, int LayerNorms = 0, int Gelus = 0, int Silus = 0, int HardSwishes = 0, int Linears = 0, int Rectifiers = 0)
{
    /// <summary>Query, key, value, output, and two of the feed-forward layer; a norm behind the embeddings and two in each layer (Devlin et al., 2018).</summary>
    public static Architecture Bert(int layers) => new(Attentions: layers, LayerNorms: 1 + (2 * layers), Gelus: layers, Linears: 6 * layers);

    /// <summary>Two norms in each layer and one at the end; query, key and value in one projection (Radford et al., 2019).</summary>
    public static Architecture Gpt2(int layers) => new(Attentions: layers, LayerNorms: (2 * layers) + 1, Gelus: layers, Linears: 4 * layers);

    /// <summary>As GPT-2 (Dosovitskiy et al., 2020).</summary>
    public static Architecture VisionTransformer(int layers) => Gpt2(layers);

    /// <summary>A layer is that of the vision transformer; a norm behind the patches, one before each merging of patches, one at the end (Liu et al., 2021).</summary>
    public static Architecture Swin(params int[] depths) =>
        new(Attentions: depths.Sum(), LayerNorms: 1 + (2 * depths.Sum()) + (depths.Length - 1) + 1, Gelus: depths.Sum(), Linears: 4 * depths.Sum());

    /// <summary>One norm, one GELU and two linear layers in each block, a norm behind the stem and before each downsampling (Liu et al., 2022).</summary>
    public static Architecture ConvNext(params int[] depths) => new(LayerNorms: depths.Sum() + depths.Length, Gelus: depths.Sum(), Linears: 2 * depths.Sum());

    /// <summary>A rectifier behind the stem and behind each convolution of a block, the last one behind the sum (He et al., 2015).</summary>
    public static Architecture ResNet(int convolutions, int blocks) => new(Rectifiers: 1 + (convolutions * blocks));

    /// <summary>A SiLU in the stem and before the pooling; in each block behind the expansion (but in the first, which has none), the depthwise convolution and the squeeze (Tan and Le, 2019).</summary>
    public static Architecture EfficientNet(int blocks) => new(Silus: 1 + (3 * blocks) - 1 + 1);
}
