using TorchSharp;

namespace MLTransfer.FineTuning.Import.Values;

/// <summary>A value that flows along an edge of the graph: a Torch tensor, or a few integers in managed memory.</summary>
internal sealed class GraphValue
{
    private torch.Tensor? _tensor;

    public GraphValue(torch.Tensor tensor) => _tensor = tensor;

    public GraphValue(HostIntegers host) => Host = host;

    /// <summary>The integers, when the value is kept in managed memory.</summary>
    public HostIntegers? Host { get; private set; }

    public long[] Shape => Host?.Shape ?? _tensor!.shape;

    public int Rank => Host?.Rank ?? (int)_tensor!.dim();

    public torch.ScalarType Type => Host?.Type ?? _tensor!.dtype;

    /// <summary>The tensor, if there is one already.</summary>
    public torch.Tensor? ExistingTensor => _tensor;

    public static implicit operator GraphValue(torch.Tensor tensor) => new(tensor);

    public static implicit operator GraphValue(HostIntegers host) => new(host);

    /// <summary>The value as a tensor; integers are copied to the device the first time.</summary>
    public torch.Tensor Tensor(torch.Device device) => _tensor ??= Host!.ToTensor(device).DetachFromDisposeScope();

    /// <summary>The value as integers in row-major order, fetched from the device when need be.</summary>
    public long[] Integers()
    {
        if (Host is not null)
        {
            return Host.Data;
        }

        using torch.Tensor detached = _tensor!.detach();
        using torch.Tensor wide = detached.to(torch.ScalarType.Int64, torch.CPU);
        using torch.Tensor copy = wide.contiguous();
        return copy.numel() == 0 ? [] : copy.data<long>().ToArray();
    }

    /// <summary>The value as numbers in row-major order, fetched from the device when need be.</summary>
    public double[] Numbers()
    {
        if (Host is not null)
        {
            return Array.ConvertAll(Host.Data, value => (double)value);
        }

        using torch.Tensor detached = _tensor!.detach();
        using torch.Tensor wide = detached.to(torch.ScalarType.Float64, torch.CPU);
        using torch.Tensor copy = wide.contiguous();
        return copy.numel() == 0 ? [] : copy.data<double>().ToArray();
    }

    /// <summary>Keeps a small integer tensor in managed memory too, so that shape arithmetic on it does.</summary>
    public GraphValue WithHostCopy()
    {
        if (Host is null && HostIntegers.IsHostType(_tensor!.dtype) && _tensor.numel() <= HostIntegers.Limit)
        {
            Host = new HostIntegers(_tensor.dtype, _tensor.shape, Integers());
        }

        return this;
    }

    /// <summary>Puts another tensor in the place of the one that is there: the same values on another device.</summary>
    public void Replace(torch.Tensor tensor) => _tensor = tensor;

    public void Dispose()
    {
        _tensor?.Dispose();
        _tensor = null;
    }
}
