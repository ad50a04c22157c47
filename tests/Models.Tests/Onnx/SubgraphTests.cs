using Microsoft.ML.OnnxRuntime;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.Models.Tests.Onnx;

/// <summary>Graphs inside of nodes: what they take from outside counts as read. ONNX Runtime is asked whether it accepts the same graphs.</summary>
public sealed class SubgraphTests
{
    [Fact]
    public void Check_BranchThatReadsOuterNames_PassesAndRuns()
    {
        OnnxModel model = Model();

        OnnxChecker.Check(model, "m.onnx");

        // x = 1 2 → a = 2 4, since k = 2; the sum is positive: y = a + one = 3 5
        Assert.Equal([3f, 5f], Runtime.Run(model, ("x", [1, 2], [2]))["y"]);
        Assert.Equal([2f, 4f], Runtime.Run(model, ("x", [-1, -2], [2]))["y"]);
    }

    [Fact]
    public void Slice_NeedsWhatOnlyABranchReads()
    {
        // a is read inside the branches only, and the initializers one and minus are read nowhere else.
        OnnxModel sliced = Model().Slice(["y"]);

        Assert.Equal([3f, 5f], Runtime.Run(sliced, ("x", [1, 2], [2]))["y"]);
        Assert.DoesNotContain(sliced.Parameters, static parameter => parameter.Name == "unused");
        Assert.Contains(sliced.Parameters, static parameter => parameter.Name == "one");
    }

    [Fact]
    public void Append_RenamesInsideOfBranches()
    {
        // Both copies have a, one, minus and the names of the branches.
        OnnxModel twice = Model().Append(Model(), new Dictionary<string, string> { ["x"] = "y" });

        // 3 5 → 6 10 → 7 11
        Assert.Equal([7f, 11f], Runtime.Run(twice, ("x", [1, 2], [2]))["y"]);
        OnnxChecker.Check(twice, "m.onnx");
    }

    [Fact]
    public void Check_BranchThatReadsNothingKnown_NamesBothNodes()
    {
        ModelProto proto = Model().Proto.Clone();
        NodeProto branch = proto.Graph.Node.Single(static node => node.OpType == "If");
        branch.Attribute[0].G.Node[0].Input[0] = "nowhere";

        string message = Assert.Throws<OnnxModelException>(() => OnnxChecker.Check(new OnnxModel(proto), "m.onnx")).Message;

        Assert.Contains("'nowhere'", message, StringComparison.Ordinal);
        Assert.Contains("'choose'", message, StringComparison.Ordinal);
        Assert.Contains("'plus'", message, StringComparison.Ordinal);
    }

    public static TheoryData<string> Oddities => [
        "node of a branch hides an initializer", "node of a branch hides a node", "initializer of a branch hides an initializer",
        "branches use the same names", "a later node has a name from a branch", "output listed twice", "output is an input", "output is an initializer",
        "input nobody reads", "branch gives an outer tensor"];

    [Theory]
    [MemberData(nameof(Oddities))]
    public void Check_OddModel_IsJudgedAsByOnnxRuntime(string oddity)
    {
        ModelProto proto = Model().Proto.Clone();
        GraphProto graph = proto.Graph;
        NodeProto choice = graph.Node.Single(static node => node.OpType == "If");
        (GraphProto then, GraphProto otherwise) = (choice.Attribute[0].G, choice.Attribute[1].G);
        switch (oddity)
        {
            case "node of a branch hides an initializer":
                then.Node[0].Output[0] = then.Output[0].Name = "unused";
                break;
            case "node of a branch hides a node":
                then.Node[0].Output[0] = then.Output[0].Name = graph.Node[0].Output[0];
                break;
            case "initializer of a branch hides an initializer":
                then.Initializer.Add(TensorData.Floats("one", [1], [5f]));
                break;
            case "branches use the same names":
                otherwise.Node[0].Output[0] = otherwise.Output[0].Name = then.Node[0].Output[0];
                break;
            case "a later node has a name from a branch":
                graph.Node.Add(new NodeProto { OpType = "Relu", Input = { "y" }, Output = { then.Node[0].Output[0] } });
                break;
            case "output listed twice":
                graph.Output.Add(graph.Output[0]);
                break;
            case "output is an input":
                graph.Output.Add(graph.Input[0]);
                break;
            case "output is an initializer":
                graph.Output.Add(TensorTypes.Of(graph.Initializer.Single(static tensor => tensor.Name == "one")));
                break;
            case "input nobody reads":
                graph.Input.Add(new ValueInfoProto { Name = "idle", Type = Vector() });
                break;
            case "branch gives an outer tensor":
                then.Node.Clear();
                then.Output[0].Name = "a";
                break;
        }

        OnnxModel model = new(proto);
        Exception? ours = Record.Exception(() => OnnxChecker.Check(model, "m.onnx"));
        Exception? theirs = Record.Exception(() =>
        {
            using InferenceSession session = new(model.ToBytes());
        });
        Assert.True((ours is null) == (theirs is null), $"Ours: {ours?.Message ?? "sound"}. ONNX Runtime's: {theirs?.Message ?? "sound"}.");
    }

    [Fact]
    public void Check_FunctionWithBody_PassesAndRunsAfterSlicing()
    {
        ModelProto proto = TinyGraphs.ReluNeg();
        proto.Graph.Input[0].Type = proto.Graph.Output[0].Type = Vector();
        proto.OpsetImport.Add(new OperatorSetIdProto { Domain = "mine", Version = 1 });
        proto.OpsetImport.Add(new OperatorSetIdProto { Domain = "unused", Version = 1 });
        proto.Functions.Add(Function("Twice", "Add"));
        proto.Functions.Add(Function("Unused", "Sub"));
        proto.Graph.Node[0].OpType = "Twice";
        proto.Graph.Node[0].Domain = "mine";

        OnnxModel sliced = new OnnxModel(proto).Slice(["b"]);

        OnnxChecker.Check(sliced, "m.onnx");
        Assert.Equal("Twice", Assert.Single(sliced.Proto.Functions).Name);
        Assert.DoesNotContain("unused", sliced.Opsets.Keys);
        Assert.Equal([7f, 10f], Runtime.Run(sliced, ("x", [3, 4], [2]))["b"]);
    }

    [Fact]
    public void Check_FunctionThatReadsNothingKnown_NamesTheFunction()
    {
        ModelProto proto = TinyGraphs.ReluNeg();
        proto.Functions.Add(Function("Twice", "Add"));
        proto.Functions[0].Node[0].Input[1] = "w";

        string message = Assert.Throws<OnnxModelException>(() => OnnxChecker.Check(new OnnxModel(proto), "m.onnx")).Message;

        Assert.Contains("mine.Twice", message, StringComparison.Ordinal);
    }

    private static TypeProto Vector() => new()
    {
        TensorType = new TypeProto.Types.Tensor
        {
            ElemType = (int)DataType.Float,
            Shape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimValue = 2 } } },
        },
    };

    private static FunctionProto Function(string name, string type) => new()
    {
        Name = name,
        Domain = "mine",
        Input = { "v" },
        Output = { "r" },
        Node = { new NodeProto { OpType = type, Input = { "v", "v" }, Output = { "r" } } },
        OpsetImport = { new OperatorSetIdProto { Domain = string.Empty, Version = 17 } },
    };

    /// <summary>a = x · 2; if sum(x) &gt; 0 then y = a + 1 else y = a · −1.</summary>
    private static OnnxModel Model()
    {
        GraphBuilder graph = new("choice", 17);
        string x = graph.Input("x", DataType.Float, 2L);
        string sum = graph.Reduce("ReduceSum", x, [0], keepDims: false);
        string positive = graph.Node("Greater", [sum, graph.Scalar(0f)]);
        OnnxModel model = graph.Build();
        ModelProto proto = model.Proto;
        proto.Graph.Initializer.Add(TensorData.Floats("k", [1], [2f]));
        proto.Graph.Initializer.Add(TensorData.Floats("one", [1], [1f]));
        proto.Graph.Initializer.Add(TensorData.Floats("minus", [1], [-1f]));
        proto.Graph.Initializer.Add(TensorData.Floats("unused", [1], [0f]));
        proto.Graph.Node.Add(new NodeProto { Name = "scale", OpType = "Mul", Input = { x, "k" }, Output = { "a" } });
        proto.Graph.Node.Add(new NodeProto
        {
            Name = "choose",
            OpType = "If",
            Input = { positive },
            Output = { "y" },
            Attribute = { Branch("then_branch", "plus", "Add", "one"), Branch("else_branch", "times", "Mul", "minus") },
        });
        proto.Graph.Output.Add(new ValueInfoProto { Name = "y", Type = Vector() });
        return model;
    }

    private static AttributeProto Branch(string attribute, string node, string type, string operand) => new()
    {
        Name = attribute,
        Type = AttributeProto.Types.AttributeType.Graph,
        G = new GraphProto
        {
            Name = attribute,
            Node = { new NodeProto { Name = node, OpType = type, Input = { "a", operand }, Output = { node + ":out" } } },
            Output = { new ValueInfoProto { Name = node + ":out", Type = Vector() } },
        },
    };
}
