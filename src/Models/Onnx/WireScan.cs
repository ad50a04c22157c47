using System.Text;

namespace MLTransfer.Models.Onnx;

/// <summary>
/// Counts what a file would become in memory, before anything is made of it. Two bytes of a file can stand for an empty node, which takes a hundred in
/// memory: a hostile file of a few hundred megabytes would fill the machine.
/// </summary>
/// <remarks>Specification: protobuf.dev, Encoding. What is malformed is left to the parser to report.</remarks>
internal ref struct WireScan
{
    /// <summary>Messages and texts in one file; large language models have a tenth of it. Each takes some 150 bytes in memory.</summary>
    private const int MostItems = 4_000_000;

    /// <summary>The parser goes no deeper either.</summary>
    private const int Deepest = 100;

    /// <summary>Graphs inside graphs; real models nest two or three deep. Each is three messages deeper, so that this comes before the parser's own limit.</summary>
    private const int DeepestNesting = 25;

    /// <summary>Fields up to here are known, or nearly so, and take no more memory than is due.</summary>
    private const int LargestKnownField = 31;

    private int _items;

    /// <summary>Throws if a model would take far more memory than its file.</summary>
    /// <exception cref="OnnxModelException">Too many small parts, or graphs nested too deep.</exception>
    public static void Check(ReadOnlySpan<byte> model, string origin)
    {
        WireScan scan = default;
        if (!scan.Message(model, Kind.Model, 0, default, origin))
        {
            throw new OnnxModelException(
                $"{origin} consists of more than {MostItems:N0} parts. Expected a model; its nodes, attributes and names are far fewer.");
        }
    }

    /// <summary>Which message a field holds.</summary>
    private enum Kind
    {
        /// <summary>None: text or data.</summary>
        Data,

        Model,
        Graph,
        Node,
        Attribute,
        Tensor,
        SparseTensor,
        Value,
        Type,
        TensorType,
        Shape,
        Function,
        Annotation,

        /// <summary>A message without messages: a pair, a dimension, an operator set.</summary>
        Plain,
    }

    private bool Message(ReadOnlySpan<byte> bytes, Kind kind, int depth, ReadOnlySpan<byte> node, string origin)
    {
        if (kind == Kind.Graph && depth > 3 * DeepestNesting)
        {
            throw new OnnxModelException($"{origin}: graphs are nested more than {DeepestNesting} deep in node '{NameOf(node)}'. The file is damaged or its exporter is at fault.");
        }

        node = kind == Kind.Node ? bytes : node;
        while (!bytes.IsEmpty)
        {
            if (!Varint(ref bytes, out ulong tag))
            {
                return true;
            }

            ulong field = tag >> 3;
            if (field > LargestKnownField && ++_items > MostItems)
            {
                return false;
            }

            switch (tag & 7)
            {
                case 0:
                    if (!Varint(ref bytes, out _))
                    {
                        return true;
                    }

                    break;
                case 1 when bytes.Length >= 8:
                    bytes = bytes[8..];
                    break;
                case 5 when bytes.Length >= 4:
                    bytes = bytes[4..];
                    break;
                case 2 when Varint(ref bytes, out ulong length) && length <= (ulong)bytes.Length:
                    Kind inner = Inside(kind, field);
                    if (++_items > MostItems || (inner != Kind.Data && depth < Deepest && !Message(bytes[..(int)length], inner, depth + 1, node, origin)))
                    {
                        return false;
                    }

                    bytes = bytes[(int)length..];
                    break;
                default:
                    // A group or nonsense. Groups are no part of ONNX; the parser keeps unknown ones as objects of their own.
                    return (tag & 7) is not (3 or 4) || (_items += bytes.Length / 2) <= MostItems;
            }
        }

        return true;
    }

    /// <summary>The name of a node (field 3), or else its operator (field 4).</summary>
    private static string NameOf(ReadOnlySpan<byte> node)
    {
        const int LongestName = 200;
        string found = string.Empty;
        while (Varint(ref node, out ulong tag) && (tag & 7) == 2 && Varint(ref node, out ulong length) && length <= (ulong)node.Length)
        {
            if (tag >> 3 is 3 or 4 && found.Length == 0)
            {
                found = Encoding.UTF8.GetString(node[..(int)Math.Min(length, LongestName)]);
            }

            node = node[(int)length..];
        }

        return found;
    }

    private static Kind Inside(Kind kind, ulong field) => (kind, field) switch
    {
        (Kind.Model, 7) => Kind.Graph,
        (Kind.Model, 8 or 14) => Kind.Plain,
        (Kind.Model, 25) => Kind.Function,
        (Kind.Graph, 1) => Kind.Node,
        (Kind.Graph, 5) => Kind.Tensor,
        (Kind.Graph, 11 or 12 or 13) => Kind.Value,
        (Kind.Graph, 14) => Kind.Annotation,
        (Kind.Graph, 15) => Kind.SparseTensor,
        (Kind.Graph, 16) => Kind.Plain,
        (Kind.Node, 5) => Kind.Attribute,
        (Kind.Node, 9) => Kind.Plain,
        (Kind.Attribute, 5 or 10) => Kind.Tensor,
        (Kind.Attribute, 6 or 11) => Kind.Graph,
        (Kind.Attribute, 14 or 15) => Kind.Type,
        (Kind.Attribute, 22 or 23) => Kind.SparseTensor,
        (Kind.Tensor, 13 or 16) => Kind.Plain,
        (Kind.SparseTensor, 1 or 2) => Kind.Tensor,
        (Kind.Value, 2) => Kind.Type,
        (Kind.Value, 4) => Kind.Plain,
        (Kind.Type, 1) => Kind.TensorType,
        (Kind.TensorType, 2) => Kind.Shape,
        (Kind.Shape, 1) => Kind.Plain,
        (Kind.Function, 7) => Kind.Node,
        (Kind.Function, 9 or 14) => Kind.Plain,
        (Kind.Function, 11) => Kind.Attribute,
        (Kind.Function, 12) => Kind.Value,
        (Kind.Annotation, 2) => Kind.Plain,
        _ => Kind.Data,
    };

    private static bool Varint(ref ReadOnlySpan<byte> bytes, out ulong value)
    {
        value = 0;
        for (int i = 0; i < bytes.Length && i < 10; i++)
        {
            value |= (ulong)(bytes[i] & 0x7F) << (7 * i);
            if (bytes[i] < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return true;
            }
        }

        return false;
    }
}
