namespace MLTransfer.Benchmarks.Extraction;

/// <summary>One way from rows to features.</summary>
internal interface IExtractionVariant : IDisposable
{
    /// <summary>What the variant chose; shown beside its figures.</summary>
    string Note { get; }

    /// <summary>Loads, compiles, and searches what it has to choose; not measured.</summary>
    void WarmUp();

    /// <summary>Makes ready what is not measured, for this number of rows.</summary>
    void Prepare(int rows)
    {
    }

    /// <summary>Computes the features of the first rows of the data set, repeated where it is shorter.</summary>
    void Run(int rows);
}
