namespace MLTransfer.FineTuning.Freezing.Prefix;

/// <summary>A tensor at the cut, as it is stored row by row.</summary>
/// <param name="Name">Its name.</param>
/// <param name="PerToken">Whether its second axis are the tokens of the row.</param>
/// <param name="Shape">Its other axes.</param>
internal sealed record CutTensor(string Name, bool PerToken, long[] Shape)
{
    /// <summary>Numbers of a row, or of a token.</summary>
    public long Width { get; } = TensorShape.Count(Shape);

    /// <summary>Tells from two runs with other numbers of rows and tokens how a tensor can be stored; null: not row by row.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="first">Its shape in the first run.</param>
    /// <param name="second">Its shape in the second run.</param>
    /// <param name="rows">The rows of the runs.</param>
    /// <param name="tokens">The tokens of the runs.</param>
    public static CutTensor? Of(string name, long[] first, long[] second, (int First, int Second) rows, (int First, int Second) tokens)
    {
        if (first.Length != second.Length || first.Length == 0 || first[0] != rows.First || second[0] != rows.Second)
        {
            return null;
        }

        bool perToken = first.Length > 1 && tokens.First + tokens.Second > 2 && first[1] == tokens.First && second[1] == tokens.Second;
        int from = perToken ? 2 : 1;
        return first.AsSpan(from).SequenceEqual(second.AsSpan(from)) ? new CutTensor(name, perToken, first[from..]) : null;
    }
}
