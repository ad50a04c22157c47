using System.Diagnostics;
using MLTransfer.FineTuning.Import;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;
using TorchSharp;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.FineTuning.Tests.Import;

/// <summary>Graphs that are broken, or made to do harm: each must end in an error that names the node.</summary>
public class HostileGraphTests
{
    public static TheoryData<string> Kinds => [.. HostileFile.All.Select(static file => file.Kind)];

    // Each file has 2,000 sound nodes and 8 MiB of sound weights around what is wrong, so that a copy or a search too many shows in what is allocated.
    // Time is measured by `benchmarks -- hostile`; a test that counts bytes says the same on every machine.
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Load_HostileFile_IsRefusedInLessThanFourTimesItsSize(string kind)
    {
        HostileFile file = HostileFile.All.Single(file => file.Kind == kind);
        Assert.ThrowsAny<UserException>(() => ImportAndRun(file.Bytes(1))); // compiles the code, loads the library
        byte[] bytes = file.Bytes(2_000);
        long peak = Peak();
        long allocated = GC.GetAllocatedBytesForCurrentThread();

        UserException exception = Assert.ThrowsAny<UserException>(() => ImportAndRun(bytes));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, 4L * bytes.Length);
        Assert.True(Peak() - peak < 256 << 20); // native memory too: the least that one of these files asks for is 32 GiB
        Assert.All(file.Says, part => Assert.Contains(part, exception.Message, StringComparison.Ordinal));
    }

    private static void ImportAndRun(byte[] bytes)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using OnnxModule module = OnnxModule.Import(OnnxModel.Parse(bytes));
        module.call(new Dictionary<string, torch.Tensor> { ["x"] = torch.ones(2, 5) });
    }

    private static long Peak()
    {
        using Process process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    [Fact]
    public void Import_Cycle_NamesANodeOfIt() => Fails(
        Graph(Node("first", "Add", ["x", "b"], "a"), Node("second", "Relu", ["a"], "b"), Node("last", "Relu", ["b"], "y")), "waits for itself");

    [Fact]
    public void Import_InputThatNobodyProvides_NamesTheNode() => Fails(Graph(Node("lonely", "Add", ["x", "nowhere"], "y")), "node 'lonely'", "'nowhere'");

    [Fact]
    public void Import_ValueWrittenTwice_NamesTheNode() => Fails(Graph(Node("one", "Relu", ["x"], "y"), Node("two", "Relu", ["x"], "y")), "node 'two'");

    [Fact]
    public void Import_UnknownOperator_NamesTheNode() => Fails(Graph(Node("strange", "Frobnicate", ["x"], "y")), "node 'strange'", "Frobnicate");

    [Fact]
    public void Import_Loop_NamesTheNodeAndTheReason() => Fails(Graph(Node("again", "Loop", ["x"], "y")), "node 'again'", "unrolled");

    [Fact]
    public void Import_HugeDeclaredSize_NamesTheReader()
    {
        OnnxModel model = Graph(Node("product", "MatMul", ["x", "w"], "y"));
        model.Proto.Graph.Initializer.Add(new TensorProto { Name = "w", DataType = (int)DataType.Float, Dims = { 1L << 40, 1L << 20 } });

        Fails(model, "node 'product'", "'w'");
    }

    [Fact]
    public void Import_ConstantThatUnpacksToTerabytes_IsNotUnpacked()
    {
        OnnxModel model = Graph(Node("fill", "ConstantOfShape", ["shape"], "filled"), Node("last", "Add", ["x", "filled"], "y"));
        model.Proto.Graph.Initializer.Add(TensorData.Longs("shape", [2], [1L << 22, 1L << 20]));
        long before = Peak();

        using OnnxModule module = OnnxModule.Import(model);

        Assert.True(Peak() - before < 1 << 30); // it asks for 16 TiB
    }

    [Fact]
    public void Import_FunctionsThatDoubleEachTime_StopsWithAnError() => Fails(new OnnxModel(HostileFile.Doubling(1, 40)), "functions");

    [Fact]
    public void Import_BranchesNestedWithoutEnd_StopsWithAnError() => Fails(new OnnxModel(HostileFile.Nested(1, 90)), "nested");

    [Fact]
    public void Forward_TypesThatDoNotMatch_NamesTheNode()
    {
        using OnnxModule module = OnnxModule.Import(Graph(Node("indices", "Shape", ["x"], "s"), Node("mix", "Add", ["x", "s"], "y")));

        ImportException exception = Assert.Throws<ImportException>(() => module.call(new Dictionary<string, torch.Tensor> { ["x"] = torch.ones(2) }));

        Assert.Contains("node 'mix'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Forward_DimensionsThatDoNotFit_NamesTheNodeAndTheShapes()
    {
        OnnxModel model = Graph(Node("product", "MatMul", ["x", "w"], "y"));
        model.Proto.Graph.Initializer.Add(TensorData.Floats("w", [3, 2], [1, 2, 3, 4, 5, 6]));
        using OnnxModule module = OnnxModule.Import(model);

        ImportException exception = Assert.Throws<ImportException>(() => module.call(new Dictionary<string, torch.Tensor> { ["x"] = torch.ones(4, 5) }));

        Assert.Contains("node 'product'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("[4, 5]", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_AttributeOfAnotherType_NamesTheNode()
    {
        OnnxModel model = Graph(Node("odd", "LeakyRelu", ["x"], "y"));
        model.Proto.Graph.Node[0].Attribute.Add(new AttributeProto { Name = "alpha", Type = AttributeProto.Types.AttributeType.Int, I = 3 });

        Fails(model, "node 'odd'", "alpha");
    }

    private static void Fails(OnnxModel model, params string[] parts)
    {
        UserException exception = Assert.ThrowsAny<UserException>(() => OnnxModule.Import(model).Dispose());
        Assert.All(parts, part => Assert.Contains(part, exception.Message, StringComparison.Ordinal));
    }

    private static NodeProto Node(string name, string type, string[] inputs, string output)
    {
        NodeProto node = new() { Name = name, OpType = type, Output = { output } };
        node.Input.AddRange(inputs);
        return node;
    }

    private static OnnxModel Graph(params NodeProto[] nodes)
    {
        ModelProto model = new() { IrVersion = 8, Graph = new GraphProto { Name = "hostile" } };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = 17 });
        model.Graph.Input.Add(new ValueInfoProto { Name = "x" });
        model.Graph.Output.Add(new ValueInfoProto { Name = "y" });
        model.Graph.Node.AddRange(nodes);
        return new OnnxModel(model);
    }
}
