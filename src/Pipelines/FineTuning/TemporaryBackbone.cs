namespace MLTransfer.Pipelines.FineTuning;

/// <summary>A folder for a trained backbone that is needed until the model is saved.</summary>
internal sealed class TemporaryBackbone : IDisposable
{
    /// <summary>The folder.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("mltransfer-backbone-").FullName;

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            Directory.Delete(Folder, recursive: true);
        }
        catch (IOException)
        {
            // The system clears its temporary folder.
        }
    }
}
