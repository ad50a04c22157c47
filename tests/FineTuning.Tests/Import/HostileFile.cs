using Google.Protobuf;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.FineTuning.Tests.Import;

/// <summary>A file that is broken, or made to do harm, as large as one likes.</summary>
/// <param name="Kind">What is wrong with it.</param>
/// <param name="Says">What the error must say.</param>
/// <param name="Graph">The graph, with as many sound nodes around what is wrong as it is told.</param>
internal sealed record HostileFile(string Kind, string[] Says, Func<int, ModelProto> Graph)
{
    /// <summary>Bytes of the sound weight that each file has, so that a copy too many shows.</summary>
    public const int WeightBytes = 8 << 20;

    public static IReadOnlyList<HostileFile> All { get; } =
    [
        new("cycle", ["node 'n0'"], nodes => Model([.. Chain("loop", nodes), Node("back", "Relu", [$"v{nodes - 1}"], "loop"), Last("loop")])),
        new("missing input", ["node 'lonely'", "'nowhere'"], nodes => Model([.. Chain("x", nodes), Node("lonely", "Add", [$"v{nodes - 1}", "nowhere"], "z"), Last("z")])),
        new("value written twice", ["v0"], nodes => Model([.. Chain("x", nodes), Node("second", "Relu", ["x"], "v0"), Last("v0")])),
        new("wrong types of constants", ["node 'mix'"], nodes => With(
            Model([.. Chain("x", nodes), Node("mix", "MatMul", ["floats", "longs"], "z"), Node("sum", "Add", [$"v{nodes - 1}", "z"], "s"), Last("s")]),
            TensorData.Floats("floats", [1], [1]),
            TensorData.Longs("longs", [1], [1]))),
        new("wrong types of values", ["node 'mix'"], nodes => Model([.. Chain("x", nodes), Node("size", "Shape", ["x"], "s"), Node("mix", "Add", [$"v{nodes - 1}", "s"], "z"), Last("z")])),
        new("dimensions that do not fit", ["node 'product'", "[3, 2]"], nodes => With(
            Model([.. Chain("x", nodes), Node("product", "MatMul", [$"v{nodes - 1}", "matrix"], "z"), Last("z")]),
            TensorData.Floats("matrix", [3, 2], [1, 2, 3, 4, 5, 6]))),
        new("initializer of 4 EiB", ["'huge'", "node 'product'"], nodes => With(
            Model([.. Chain("x", nodes), Node("product", "MatMul", [$"v{nodes - 1}", "huge"], "z"), Last("z")]),
            new TensorProto { Name = "huge", DataType = (int)DataType.Float, Dims = { 1L << 40, 1L << 20 } })),
        Sized("ConstantOfShape", "node 'huge'", Node("huge", "ConstantOfShape", ["sizes"], "z"), TensorData.Longs("sizes", [2], [1L << 16, 1L << 17])),
        Sized("ConstantOfShape beyond 64 bits", "node 'huge'", Node("huge", "ConstantOfShape", ["sizes"], "z"), TensorData.Longs("sizes", [3], [1L << 40, 1L << 40, 1L << 40])),
        Sized("Expand", "node 'huge'", Node("huge", "Expand", ["one", "sizes"], "z"), TensorData.Longs("sizes", [2], [1L << 16, 1L << 17])),
        Sized("Tile", "node 'huge'", Node("huge", "Tile", ["one", "sizes"], "z"), TensorData.Longs("sizes", [1], [1L << 33])),
        Sized("Range", "node 'huge'", Node("huge", "Range", ["from", "to", "by"], "z"), TensorData.Floats("from", [], [0]), TensorData.Floats("to", [], [1e10f]), TensorData.Floats("by", [], [1])),
        Sized("Pad", "node 'huge'", Node("huge", "Pad", ["one", "sizes"], "z"), TensorData.Longs("sizes", [2], [1L << 32, 1L << 32])),
        Sized("Pad of the input", "node 'huge'", Node("huge", "Pad", ["x", "sizes"], "z"), TensorData.Longs("sizes", [4], [1L << 16, 0, 0, 1L << 17])),
        Sized("Expand of the input", "node 'huge'", Node("huge", "Expand", ["x", "sizes"], "z"), TensorData.Longs("sizes", [4], [1L << 16, 1L << 17, 1, 1])),
        Sized("Tile of the input", "node 'huge'", Node("huge", "Tile", ["x", "sizes"], "z"), TensorData.Longs("sizes", [2], [1L << 16, 1L << 17])),
        new("branches 28 deep", ["nested", "node 'if"], nodes => Nested(nodes, 28)),
        new("branches 90 deep", ["nested", "node 'if"], nodes => Nested(nodes, 90)),
        new("functions that double 40 times", ["functions", "node 'bomb'"], nodes => Doubling(nodes, 40)),
        new("functions that double 16 times", ["functions", "node 'bomb'"], nodes => Doubling(nodes, 16)),
        new("unknown operator", ["node 'strange'", "Frobnicate"], nodes => Model([.. Chain("x", nodes), Node("strange", "Frobnicate", [$"v{nodes - 1}"], "z"), Last("z")])),
        new("Loop", ["node 'again'", "unrolled"], nodes => Model([.. Chain("x", nodes), Node("again", "Loop", ["", "", $"v{nodes - 1}"], "z"), Last("z")])),
        new("attribute of another type", ["node 'odd'", "alpha"], nodes =>
        {
            NodeProto odd = Node("odd", "LeakyRelu", [$"v{nodes - 1}"], "z");
            odd.Attribute.Add(new AttributeProto { Name = "alpha", Type = AttributeProto.Types.AttributeType.Int, I = 3 });
            return Model([.. Chain("x", nodes), odd, Last("z")]);
        }),
    ];

    /// <summary>The file's bytes.</summary>
    public byte[] Bytes(int nodes) => Graph(nodes).ToByteArray();

    public override string ToString() => Kind;

    private static HostileFile Sized(string kind, string says, NodeProto huge, params TensorProto[] sizes) => new(
        $"{kind}: more than the memory holds",
        [says],
        nodes => With(Model([.. Chain("x", nodes), huge, Node("sum", "Add", [$"v{nodes - 1}", "z"], "s"), Last("s")]), [TensorData.Floats("one", [1], [1]), .. sizes]));

    private static ModelProto Model(IEnumerable<NodeProto> nodes)
    {
        ModelProto model = new() { IrVersion = 8, Graph = new GraphProto { Name = "hostile" } };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = 17 });
        ValueInfoProto x = new()
        {
            Name = "x",
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)DataType.Float, Shape = new TensorShapeProto() } },
        };
        x.Type.TensorType.Shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = 2 });
        x.Type.TensorType.Shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = 5 });
        model.Graph.Input.Add(x);
        model.Graph.Output.Add(new ValueInfoProto { Name = "y", Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)DataType.Float } } });
        model.Graph.Node.AddRange(nodes);
        return With(model, TensorData.Floats("sound", [WeightBytes / 4], new float[WeightBytes / 4]));
    }

    private static ModelProto With(ModelProto model, params TensorProto[] initializers)
    {
        model.Graph.Initializer.AddRange(initializers);
        return model;
    }

    /// <summary>Nodes as an exporter writes them, with names of the usual length.</summary>
    private static IEnumerable<NodeProto> Chain(string from, int nodes) =>
        Enumerable.Range(0, nodes).Select(i => Node($"n{i}", i % 2 == 0 ? "Relu" : "Sigmoid", [i == 0 ? from : $"v{i - 1}"], $"v{i}"));

    // The sound weight is read last, so that a failure before it is not paid for by its copy alone.
    private static NodeProto Last(string from) => Node("last", "Add", [from, "sound"], "y");

    /// <summary>Branches inside branches.</summary>
    public static ModelProto Nested(int nodes, int depth)
    {
        GraphProto inner = new() { Name = "deepest" };
        inner.Node.Add(Node("leaf", "Relu", ["x"], "out0"));
        inner.Output.Add(new ValueInfoProto { Name = "out0" });
        for (int i = 1; i < depth; i++)
        {
            GraphProto outer = new() { Name = $"level{i}" };
            NodeProto node = Node($"if{i}", "If", ["x"], $"out{i}");
            node.Attribute.Add(new AttributeProto { Name = "then_branch", Type = AttributeProto.Types.AttributeType.Graph, G = inner });
            outer.Node.Add(node);
            outer.Output.Add(new ValueInfoProto { Name = $"out{i}" });
            inner = outer;
        }

        return Model([.. Chain("x", nodes), inner.Node[0], Last($"out{depth - 1}")]);
    }

    /// <summary>Functions that call the one before twice.</summary>
    public static ModelProto Doubling(int nodes, int functions)
    {
        NodeProto bomb = Node("bomb", $"F{functions}", ["x"], "z");
        bomb.Domain = "local";
        ModelProto model = Model([.. Chain("x", nodes), bomb, Last("z")]);
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "local", Version = 1 });
        for (int i = 1; i <= functions; i++)
        {
            FunctionProto function = new() { Domain = "local", Name = $"F{i}", Input = { "in" }, Output = { "out" } };
            function.OpsetImport.Add(new OperatorSetIdProto { Version = 17 });
            function.OpsetImport.Add(new OperatorSetIdProto { Domain = "local", Version = 1 });
            string inner = i == 1 ? "Relu" : $"F{i - 1}";
            function.Node.Add(Node("a", inner, ["in"], "middle"));
            function.Node.Add(Node("b", inner, ["middle"], "out"));
            foreach (NodeProto node in function.Node.Where(_ => i > 1))
            {
                node.Domain = "local";
            }

            model.Functions.Add(function);
        }

        return model;
    }

    private static NodeProto Node(string name, string type, string[] inputs, string output)
    {
        NodeProto node = new() { Name = name, OpType = type, Output = { output } };
        node.Input.AddRange(inputs);
        return node;
    }
}
