using System.IO.MemoryMappedFiles;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MLTransfer.FineTuning.Freezing.Prefix;

/// <summary>Activations of one tensor, row after row without padding, in a temporary file that is mapped into memory for reading.</summary>
internal sealed unsafe class ActivationFile : IDisposable
{
    private readonly ActivationPrecision _precision;
    private readonly long[] _offsets;
    private readonly SafeFileHandle _file;
    private MemoryMappedFile? _mapped;
    private MemoryMappedViewAccessor? _view;
    private byte* _memory;

    /// <param name="path">The file; it goes away with this object, or with the process.</param>
    /// <param name="offsets">Where each row begins, in numbers; one more entry than rows.</param>
    /// <param name="precision">How numbers are rounded.</param>
    public ActivationFile(string path, long[] offsets, ActivationPrecision precision)
    {
        _precision = precision;
        _offsets = offsets;
        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, FileOptions.DeleteOnClose);
        Path = path;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Bytes of a number.</summary>
    public static int Size(ActivationPrecision precision) => precision == ActivationPrecision.Float32 ? sizeof(float) : sizeof(ushort);

    /// <summary>Writes a row. Not through the map: on a full disk that would end the process.</summary>
    /// <exception cref="IOException">The disk is full.</exception>
    public void Write(int row, ReadOnlySpan<float> values)
    {
        long offset = _offsets[row] * Size(_precision);
        if (_precision == ActivationPrecision.Float32)
        {
            RandomAccess.Write(_file, MemoryMarshal.AsBytes(values), offset);
            return;
        }

        ushort[] rounded = new ushort[values.Length];
        if (_precision == ActivationPrecision.Float16)
        {
            TensorPrimitives.ConvertToHalf(values, MemoryMarshal.Cast<ushort, Half>(rounded.AsSpan()));
        }
        else
        {
            Bfloat16.Round(values, rounded);
        }

        RandomAccess.Write(_file, MemoryMarshal.AsBytes<ushort>(rounded), offset);
    }

    /// <summary>Reads a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="values">Where to; at least as long as the row.</param>
    public void Read(int row, Span<float> values)
    {
        int count = checked((int)(_offsets[row + 1] - _offsets[row]));
        byte* from = Map() + (_offsets[row] * Size(_precision));
        switch (_precision)
        {
            case ActivationPrecision.Float16:
                TensorPrimitives.ConvertToSingle(new ReadOnlySpan<Half>(from, count), values);
                break;
            case ActivationPrecision.Bfloat16:
                Bfloat16.Widen(new ReadOnlySpan<ushort>(from, count), values);
                break;
            default:
                new ReadOnlySpan<float>(from, count).CopyTo(values);
                break;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_memory is not null)
        {
            _view!.SafeMemoryMappedViewHandle.ReleasePointer();
            _memory = null;
        }

        _view?.Dispose();
        _mapped?.Dispose();
        _file.Dispose();
    }

    private byte* Map()
    {
        if (_memory is null)
        {
            _mapped = MemoryMappedFile.CreateFromFile(_file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            _view = _mapped.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _memory);
        }

        return _memory;
    }
}
