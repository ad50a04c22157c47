using CsCheck;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.Models.Tests.Onnx;

public sealed class OnnxCheckerTests
{
    public static TheoryData<string, string> BrokenModels => new()
    {
        { "cycle", "'first'" },
        { "self", "'first'" },
        { "missing-input", "'second'" },
        { "duplicate-name", "'second'" },
        { "duplicate-initializer", "'w'" },
        { "short-data", "'w'" },
        { "negative-dim", "'w'" },
        { "overflow", "'w'" },
        { "huge", "'w'" },
        { "opset-missing", "no operator set" },
        { "domain-missing", "'second'" },
        { "output-missing", "'nowhere'" },
        { "ir-version", "IR version 99" },
        { "recursive-function", "calls itself" },
        { "deep", "nested" },
    };

    [Theory]
    [MemberData(nameof(BrokenModels))]
    public void Check_BrokenRule_NamesTheCulprit(string what, string culprit)
    {
        ModelProto model = TinyGraphs.ReluNeg();
        GraphProto graph = model.Graph;
        switch (what)
        {
            case "cycle": graph.Node[0].Input[0] = "b"; break;
            case "self": graph.Node[0].Input[0] = "a"; break;
            case "missing-input": graph.Node[1].Input[0] = "nothing"; break;
            case "duplicate-name": graph.Node[1].Output[0] = "a"; break;
            case "duplicate-initializer": graph.Initializer.Add(graph.Initializer[0]); break;
            case "short-data": graph.Initializer[0].Dims[0] = 3; break;
            case "negative-dim": graph.Initializer[0].Dims[0] = -2; break;
            case "overflow": graph.Initializer[0].Dims.Add([long.MaxValue, 3]); break;
            case "huge": graph.Initializer[0].Dims[0] = 1L << 60; break;
            case "opset-missing": model.OpsetImport.Clear(); break;
            case "domain-missing": graph.Node[1].Domain = "made.up"; break;
            case "output-missing": graph.Output[0].Name = "nowhere"; break;
            case "ir-version": model.IrVersion = 99; break;
            case "recursive-function":
                model.Functions.Add(new FunctionProto { Name = "F", Domain = "mine", Node = { new NodeProto { OpType = "G", Domain = "mine" } } });
                model.Functions.Add(new FunctionProto { Name = "G", Domain = "mine", Node = { new NodeProto { OpType = "F", Domain = "mine" } } });
                break;
            case "deep":
                GraphProto inner = new() { Name = "leaf" };
                for (int i = 0; i < 40; i++)
                {
                    inner = new GraphProto { Node = { new NodeProto { OpType = "If", Input = { "x" }, Attribute = { new AttributeProto { Name = "then_branch", G = inner } } } } };
                }

                graph.Node.Add(inner.Node[0]);
                break;
        }

        OnnxModelException exception = Assert.Throws<OnnxModelException>(() => OnnxChecker.Check(new OnnxModel(model), "m.onnx"));

        Assert.Contains(culprit, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_SoundModel_Passes() => OnnxChecker.Check(new OnnxModel(TinyGraphs.ReluNeg()), "m.onnx");

    [Fact]
    public void Check_EveryRealModel_Passes()
    {
        foreach (string path in Directory.EnumerateFiles(Repository.Shared("goldens", "zoo"), "model.onnx", SearchOption.AllDirectories))
        {
            Assert.NotEmpty(OnnxModel.Load(path).Outputs);
        }
    }

    [Fact]
    public void Parse_MutatedModel_LoadsOrSaysWhatIsWrong()
    {
        byte[] whole = TinyGraphs.ScaleThenMean().ToBytes();
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte).Array[1, 8].Sample(changes =>
        {
            byte[] mutated = [.. whole];
            foreach ((int position, byte value) in changes)
            {
                mutated[position] = value;
            }

            try
            {
                OnnxModel.Parse(mutated).ToBytes();
            }
            catch (OnnxModelException)
            {
                // The only way to fail.
            }
        }, iter: 5000);
    }
}
