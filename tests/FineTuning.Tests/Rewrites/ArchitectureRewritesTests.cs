using MLTransfer.FineTuning.Import;
using MLTransfer.FineTuning.Rewrites;
using MLTransfer.FineTuning.Tests.ZooCases;

namespace MLTransfer.FineTuning.Tests.Rewrites;

/// <summary>How many nodes each rewrite puts in place follows from the architecture and from what its exporter wrote as one node already.</summary>
public class ArchitectureRewritesTests
{
    /// <summary>
    /// The squeezes, of which the zoo's shortened network has six; in the first three blocks, with ReLU, the depthwise convolution, and the expansion where there is one
    /// (Howard et al., 2019, table 2).
    /// </summary>
    private const int MobileNetV3Small = 6 + 3 + 2;

    /// <summary>Depths are those of the zoo's descriptions.</summary>
    private static readonly Dictionary<string, Architecture> Architectures = new()
    {
        ["bert-dynamo20"] = Architecture.Bert(3),
        ["bert-fp16-weights"] = Architecture.Bert(3),
        ["bert-pooler-torchscript17"] = Architecture.Bert(3),
        ["bert-torchscript14"] = Architecture.Bert(3),
        ["convnext-torchscript13"] = Architecture.ConvNext(1, 1, 2, 1),

        // With its head, which has a norm of its own.
        ["convnext-torchscript17"] = Architecture.ConvNext(1, 1, 2, 1) with { LayerNorms = 10 },
        ["distilbert-torchscript12"] = Architecture.Bert(3),
        ["efficientnet-bn-torchscript13"] = Architecture.EfficientNet(5),
        ["efficientnet-dynamo18"] = Architecture.EfficientNet(5),

        // Its projections are exported as Gemm, one node each.
        ["gpt2-dynamo18"] = Architecture.Gpt2(2) with { Linears = 0 },
        ["gpt2-torchscript14"] = Architecture.Gpt2(2) with { Linears = 0 },
        ["mobilenetv3-torchscript14"] = new(HardSwishes: 13, Rectifiers: MobileNetV3Small),
        ["resnet18-bn-torchscript13"] = Architecture.ResNet(2, 8),
        ["resnet18-dynamo18"] = Architecture.ResNet(2, 8),
        ["resnet18-fused-torchscript17"] = Architecture.ResNet(2, 8),
        ["resnet50-bn-torchscript11"] = Architecture.ResNet(3, 6),
        ["roberta-torchscript14"] = Architecture.Bert(2),

        // Every second block shifts its windows, and adds their mask between two reshapes of the scores.
        ["swin-torchscript16"] = Architecture.Swin(2, 2) with { Attentions = 2 },

        // Five stages, each with one.
        ["unet-dynamic-torchscript16"] = new(Silus: 5),

        // Behind each of its four convolutions and its hidden layer.
        ["vgg-bn-torchscript12"] = new(Rectifiers: 5),
        ["vit-dynamo18"] = Architecture.VisionTransformer(3),
        ["vit-torchscript14"] = Architecture.VisionTransformer(3),

        // Four convolutions with a GELU each, and the projection behind them.
        ["wav2vec2-conv-torchscript15"] = new(LayerNorms: 1, Gelus: 4, Linears: 1),
    };

    public static TheoryData<string> Cases() =>
        [.. ZooTests.Cases().Select(row => row.Data).Where(folder => Architectures.ContainsKey(Path.GetFileName(folder)))];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Apply_ZooCase_PutsOneNodeInPlaceOfEachLayersPattern(string folder)
    {
        ZooCase zooCase = new(folder);
        Architecture architecture = Architectures[zooCase.Name];
        using OnnxModule module = OnnxModule.Import(zooCase.Load(), new ImportOptions { Outputs = [zooCase.FeatureOutput] });

        Assert.Equal(
            Described(
                architecture.LayerNorms - zooCase.Operators("LayerNormalization"),
                architecture.Gelus - zooCase.Operators("Gelu"),
                architecture.Silus,
                architecture.HardSwishes - zooCase.Operators("HardSwish"),
                architecture.Attentions,
                architecture.Linears,
                architecture.Rectifiers),
            Described(
                Applied(GraphRewrites.LayerNorm),
                Applied(GraphRewrites.Gelu),
                Applied(GraphRewrites.Silu),
                Applied(GraphRewrites.HardSwish),
                Applied(GraphRewrites.Attention),
                Applied(GraphRewrites.Linear),
                Applied(GraphRewrites.InPlaceActivation)));

        int Applied(GraphRewrites rewrite) => module.AppliedRewrites.GetValueOrDefault(rewrite);
    }

    private static string Described(int layerNorms, int gelus, int silus, int hardSwishes, int attentions, int linears, int rectifiers) =>
        $"{layerNorms} layer norms, {gelus} GELUs, {silus} SiLUs, {hardSwishes} hard swishes, {attentions} attentions, {linears} linear, {rectifiers} rectifiers";
}
