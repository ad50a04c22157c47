using MLTransfer.Models.Onnx;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.Models.Text.Graph;

/// <summary>From the tokens of all rows behind each other to rows of one length, cut and padded.</summary>
internal static class RowStage
{
    /// <summary>Rows of one text.</summary>
    public static RowTensors Singles(GraphBuilder graph, EmittedTokens tokens, RowTokens special, int maximumLength)
    {
        // n counts the start token; the end token comes behind it.
        string n = graph.Smaller(Counts(graph, tokens), graph.Scalar(maximumLength - 1));
        string column = Columns(graph, graph.Node("Add", [n, graph.Scalar(1)]));
        string begin = graph.Part(tokens.Offsets, graph.List(0), graph.List(-1));
        string token = Token(graph, tokens, graph.Node("Add", [begin, column]), maximumLength);
        string mask = graph.Cast(graph.AtMost(column, n), DataType.Int64);
        string ids = graph.Node(
            "Where",
            [
                graph.Node("Less", [column, n]), token,
                graph.Node("Where", [graph.Node("Equal", [column, n]), graph.Scalar(special.FirstEnd), graph.Scalar(special.Padding)]),
            ]);
        return new(ids, mask, graph.Node("Mul", [mask, graph.Scalar(special.FirstType)]));
    }

    /// <summary>Rows of two texts; the second texts lie behind all first ones.</summary>
    public static RowTensors Pairs(GraphBuilder graph, EmittedTokens tokens, RowTokens special, int maximumLength)
    {
        string zero = graph.List(0);
        string rows = graph.Node("Div", [graph.Length(graph.Flat(tokens.Offsets)), graph.Scalar(2)]);
        string end = graph.List(-1);

        // Without the start tokens.
        string counts = graph.Node("Sub", [Counts(graph, tokens), graph.Scalar(1)]);
        (string first, string second) = LongestFirst(
            graph, graph.Part(counts, zero, rows), graph.Part(counts, rows, graph.List(long.MaxValue)), maximumLength - 3);

        // [batch, 1]: columns of the separator and of the last token.
        string separator = graph.Node("Add", [first, graph.Scalar(1)]);
        string last = graph.Node("Add", [graph.Node("Add", [separator, second]), graph.Scalar(1)]);
        string column = Columns(graph, graph.Node("Add", [last, graph.Scalar(1)]));
        string inSecond = graph.Node("Greater", [column, separator]);
        string firstBegin = graph.Part(tokens.Offsets, zero, rows);
        string secondBegin = graph.Part(tokens.Offsets, rows, end);
        string place = graph.Node(
            "Add", [graph.Node("Where", [inSecond, graph.Node("Sub", [secondBegin, separator]), firstBegin]), column]);
        string token = Token(graph, tokens, place, maximumLength);

        string mask = graph.Cast(graph.AtMost(column, last), DataType.Int64);
        string ids = graph.Node("Where", [graph.Node("Less", [column, last]), token, graph.Scalar(special.Padding)]);
        ids = graph.Node("Where", [graph.Node("Equal", [column, separator]), graph.Scalar(special.FirstEnd), ids]);
        ids = graph.Node("Where", [graph.Node("Equal", [column, last]), graph.Scalar(special.SecondEnd), ids]);
        string type = graph.Node("Where", [inSecond, graph.Scalar(special.SecondType), graph.Scalar(special.FirstType)]);
        return new(ids, mask, graph.Node("Mul", [mask, type]));
    }

    // See Composition.LongestFirst.
    private static (string First, string Second) LongestFirst(GraphBuilder graph, string first, string second, int room)
    {
        string roomScalar = graph.Scalar(room);
        string shorter = graph.Smaller(first, second);
        string longer = graph.Larger(shorter, graph.Node("Sub", [roomScalar, shorter]));
        string over = graph.Node("Greater", [graph.Node("Add", [shorter, longer]), roomScalar]);
        shorter = graph.Node("Where", [over, graph.Scalar(room / 2), shorter]);
        longer = graph.Node("Where", [over, graph.Scalar((room / 2) + (room % 2)), longer]);
        string fits = graph.AtMost(graph.Node("Add", [first, second]), roomScalar);
        string firstIsLonger = graph.Node("Greater", [first, second]);
        return (
            graph.Node("Where", [fits, first, graph.Node("Where", [firstIsLonger, longer, shorter])]),
            graph.Node("Where", [fits, second, graph.Node("Where", [firstIsLonger, shorter, longer])]));
    }

    // [rows, 1]: tokens of each row, the start token included.
    private static string Counts(GraphBuilder graph, EmittedTokens tokens) => graph.Node(
        "Sub",
        [
            graph.Part(tokens.Offsets, graph.List(1), graph.List(long.MaxValue)),
            graph.Part(tokens.Offsets, graph.List(0), graph.List(-1)),
        ]);

    // [longest row]. A batch without rows has rows of one column.
    private static string Columns(GraphBuilder graph, string lengths)
    {
        string longest = graph.Reduce("ReduceMax", graph.Concat([lengths, graph.Longs("one", [1, 1], [1])]), [0, 1], keepDims: false);
        return graph.Range(longest);
    }

    // What lies behind the end of a row is another row's; the columns of the last row need something to lie there.
    private static string Token(GraphBuilder graph, EmittedTokens tokens, string place, int maximumLength) =>
        graph.Node("Gather", [graph.Concat([tokens.Ids, graph.Zeros(maximumLength)]), place]);
}
