namespace MLTransfer.Pipelines.Tasks;

/// <summary>What a run opened, closed together in reverse order.</summary>
internal sealed class OwnedResources : IDisposable
{
    private readonly Stack<IDisposable> _owned = new();

    /// <summary>Takes something over.</summary>
    public T Add<T>(T resource)
        where T : IDisposable
    {
        _owned.Push(resource);
        return resource;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_owned.TryPop(out IDisposable? resource))
            resource.Dispose();
    }
}
